-- Move a stream's cursor.
-- Parameters: stream_id, cursor: JSON text.
UPDATE stream SET cursor = %(cursor)s::json
WHERE stream_id = %(stream_id)s AND cursor::text IS DISTINCT FROM %(cursor)s
