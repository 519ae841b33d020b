-- What was refused, the newest first.
-- Parameters: connection, stream (null: all), number (at most so many).
SELECT q.quarantine_id, s.connection, s.name, q.position, q.rule, q.path, q.reason, q.refused_at
FROM quarantine q
JOIN stream s USING (stream_id)
WHERE (%(connection)s::text IS NULL OR s.connection = %(connection)s)
  AND (%(stream)s::text IS NULL OR s.name = %(stream)s)
ORDER BY q.refused_at DESC, q.quarantine_id
LIMIT %(number)s
