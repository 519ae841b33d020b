-- Return a stream's row, made if it is new.
-- Parameters: connection, name.
WITH made AS (
    INSERT INTO stream (connection, name) VALUES (%(connection)s, %(name)s)
    ON CONFLICT (connection, name) DO NOTHING
    RETURNING stream_id, cursor::text
)
SELECT stream_id, cursor FROM made
UNION ALL
SELECT stream_id, cursor::text FROM stream WHERE connection = %(connection)s AND name = %(name)s
LIMIT 1
