-- Take out the parties that the touched source records no longer make; who was refused because of them is read again.
-- Parameters: none; reads the temporary tables touched and new_party.
WITH gone AS (
    DELETE FROM party USING touched
    WHERE party.source_id = touched.source_id AND NOT touched.kept
        AND NOT EXISTS (SELECT FROM new_party WHERE new_party.party_id = party.party_id)
    RETURNING party_id
), forgotten AS (
    DELETE FROM quality_note WHERE subject_id = ANY (ARRAY(SELECT party_id FROM gone))
), read_again AS (
    UPDATE batch SET normalised_with = NULL FROM quarantine
    WHERE batch.batch_id = quarantine.batch_id AND quarantine.subject_id = ANY (ARRAY(SELECT party_id FROM gone))
)
INSERT INTO dirty_party (party_id) SELECT party_id FROM gone
