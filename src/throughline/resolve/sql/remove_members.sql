-- Take out members that are gone or written anew.
-- Parameters: none; reads the temporary table old_members.
DELETE FROM member m USING old_members o WHERE m.party_id = o.party_id
