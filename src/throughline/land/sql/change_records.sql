-- Point changed source records at their new delivery; a deletion keeps the group it was in, and the version if it has none.
-- Parameters: none; reads the temporary table arrival.
UPDATE source_record SET
    batch_id = arrival.batch_id, line = arrival.line, hash = arrival.hash,
    version = coalesce(arrival.version, CASE WHEN arrival.line < 0 THEN source_record.version END),
    group_key = coalesce(arrival.group_key, CASE WHEN arrival.line < 0 THEN source_record.group_key END),
    deleted_at = arrival.deleted_at
FROM arrival
WHERE source_record.source_id = arrival.source_id
