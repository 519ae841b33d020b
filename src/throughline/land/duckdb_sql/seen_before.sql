-- The ids of the page that an earlier page held, too.
-- Parameters: none.
SELECT source_id FROM chosen WHERE source_id::UUID IN (SELECT source_id FROM seen)
