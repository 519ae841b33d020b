-- Return which of these source records are there.
-- Parameters: ids: their uuids.
SELECT replace(source_id::text, '-', '')
FROM source_record
WHERE source_id = ANY (%(ids)s::uuid[]) AND deleted_at IS NULL
