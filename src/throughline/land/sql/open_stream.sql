-- Return a stream's row, made if it is new, and whether nothing of it has landed yet.
-- Parameters: connection, name.
WITH made AS (
    INSERT INTO stream (connection, name) VALUES (%(connection)s, %(name)s)
    ON CONFLICT (connection, name) DO NOTHING
    RETURNING stream_id, cursor::text
)
SELECT stream_id, cursor, true FROM made
UNION ALL
SELECT stream_id, cursor::text, NOT EXISTS (SELECT FROM batch b WHERE b.stream_id = s.stream_id)
FROM stream s WHERE connection = %(connection)s AND name = %(name)s
LIMIT 1
