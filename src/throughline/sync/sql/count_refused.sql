-- How many records are in quarantine.
-- Parameters: connection, stream (null: all).
SELECT count(DISTINCT coalesce(q.source_id, q.quarantine_id))
FROM quarantine q
JOIN stream s USING (stream_id)
WHERE (%(connection)s::text IS NULL OR s.connection = %(connection)s)
  AND (%(stream)s::text IS NULL OR s.name = %(stream)s)
