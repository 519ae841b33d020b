-- Take out the participants of changed records; say which parties took part.
-- As a list they are looked up by the index; the size of a temporary table is guessed, often too high for that.
-- Parameters: none; reads the temporary tables new_record and left_party.
WITH without AS (
    DELETE FROM participant WHERE record_id = ANY (ARRAY(SELECT record_id FROM new_record))
    RETURNING party_id
)
INSERT INTO left_party (party_id) SELECT party_id FROM without
