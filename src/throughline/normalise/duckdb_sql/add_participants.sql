-- Take the participants.
-- Parameters: none.
INSERT INTO participants
SELECT record_id, position, role, party_id, principal FROM part ORDER BY record_id, position
