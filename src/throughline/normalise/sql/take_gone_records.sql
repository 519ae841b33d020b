-- Take out the records that the touched source records no longer make; who was refused because of them is read again; say which parties took part.
-- Parameters: none; reads the temporary tables touched, new_record and left_party.
WITH gone AS (
    DELETE FROM record USING touched
    WHERE record.source_id = touched.source_id AND NOT touched.kept
        AND NOT EXISTS (SELECT FROM new_record WHERE new_record.record_id = record.record_id)
    RETURNING record_id
), without AS (
    DELETE FROM participant WHERE record_id = ANY (ARRAY(SELECT record_id FROM gone))
    RETURNING party_id
), forgotten AS (
    DELETE FROM quality_note WHERE subject_id = ANY (ARRAY(SELECT record_id FROM gone))
), read_again AS (
    UPDATE batch SET normalised_with = NULL FROM quarantine
    WHERE batch.batch_id = quarantine.batch_id AND quarantine.subject_id = ANY (ARRAY(SELECT record_id FROM gone))
), marked AS (
    INSERT INTO dirty_record (record_id) SELECT record_id FROM gone
)
INSERT INTO left_party (party_id) SELECT party_id FROM without
