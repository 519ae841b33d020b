-- Return the stream's number.
-- Parameters: connection, name.
SELECT stream_id FROM stream WHERE connection = %(connection)s AND name = %(name)s
