-- Take out the participants of changed records; say which parties took part.
-- Parameters: none; reads the temporary tables new_record and left_party.
WITH without AS (
    DELETE FROM participant USING new_record WHERE participant.record_id = new_record.record_id
    RETURNING party_id
)
INSERT INTO left_party (party_id) SELECT party_id FROM without
