-- Note the groups that changed records left, so that normalise makes them anew. A deletion that names no group leaves none.
-- Parameters: stream_id; reads the temporary table arrival.
INSERT INTO stale_group (stream_id, group_key)
SELECT DISTINCT %(stream_id)s::integer, source_record.group_key
FROM source_record JOIN arrival USING (source_id)
WHERE source_record.group_key IS DISTINCT FROM arrival.group_key
    AND source_record.group_key IS NOT NULL
    AND (arrival.line >= 0 OR arrival.group_key IS NOT NULL)
