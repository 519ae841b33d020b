-- Write the participants of changed records.
-- Parameters: none; reads the temporary tables new_record and new_participant.
INSERT INTO participant (record_id, position, role, party_id, principal)
SELECT record_id, position, role, party_id, principal
FROM new_participant JOIN new_record USING (record_id)
ORDER BY record_id, position
