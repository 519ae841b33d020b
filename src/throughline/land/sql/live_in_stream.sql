-- Return all of a stream's source records that are there.
-- Parameters: stream_id.
SELECT replace(source_id::text, '-', '')
FROM source_record
WHERE stream_id = %(stream_id)s AND deleted_at IS NULL
