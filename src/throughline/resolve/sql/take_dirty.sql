-- Take some of the work: parties that came, changed or went.
-- Parameters: parties (how many at most).
DELETE FROM dirty_party WHERE party_id IN (SELECT DISTINCT party_id FROM dirty_party LIMIT %(parties)s) RETURNING party_id
