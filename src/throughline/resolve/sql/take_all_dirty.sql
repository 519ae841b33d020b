-- Take all the work there is; the caller resolves every party.
-- Parameters: none.
DELETE FROM dirty_party RETURNING party_id
