-- How many records are to be looked at, some perhaps twice.
-- Parameters: none.
SELECT count(*) FROM dirty_record
