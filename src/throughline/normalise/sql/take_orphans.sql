-- Take out parties known from participants only to whom no participant refers any more. No note is on them: those
-- on their values are on the record.
-- Parameters: none; reads the temporary table left_party.
WITH gone AS (
    DELETE FROM party USING (SELECT DISTINCT party_id FROM left_party) AS candidate
    WHERE party.party_id = candidate.party_id AND party.source_id IS NULL
        AND NOT EXISTS (SELECT FROM participant WHERE participant.party_id = party.party_id)
    RETURNING party.party_id
)
INSERT INTO dirty_party (party_id) SELECT party_id FROM gone
