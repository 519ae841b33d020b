-- The records of the parties that moved, unless they are work already.
-- Parameters: none; reads the temporary table moved_apart.
INSERT INTO dirty_record (record_id)
SELECT p.record_id FROM participant p JOIN moved_apart m USING (party_id)
WHERE p.principal AND NOT EXISTS (SELECT FROM dirty_record d WHERE d.record_id = p.record_id)
