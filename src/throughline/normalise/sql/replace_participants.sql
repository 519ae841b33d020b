-- Take out the participants of changed records; say which parties took part.
-- They are looked up record by record: the size of a temporary table is guessed, and often too high for that.
-- Parameters: none; reads the temporary tables new_record and left_party.
WITH without AS (
    DELETE FROM participant WHERE ctid = ANY (ARRAY(
        SELECT old.ctid FROM new_record n
        CROSS JOIN LATERAL (SELECT p.ctid FROM participant p WHERE p.record_id = n.record_id OFFSET 0) old
    ))
    RETURNING party_id
)
INSERT INTO left_party (party_id) SELECT party_id FROM without
