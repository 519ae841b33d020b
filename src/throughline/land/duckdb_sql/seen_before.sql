-- The ids of the page that an earlier page held, too.
-- Parameters: none.
SELECT source_id FROM arrival WHERE source_id::UUID IN (SELECT source_id FROM seen)
