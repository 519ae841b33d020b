-- Why records were refused, and how often.
-- Parameters: connection, stream (null: all).
SELECT s.connection, s.name, q.rule, q.path, q.reason, count(*)
FROM quarantine q
JOIN stream s USING (stream_id)
WHERE (%(connection)s::text IS NULL OR s.connection = %(connection)s)
  AND (%(stream)s::text IS NULL OR s.name = %(stream)s)
GROUP BY s.connection, s.name, q.rule, q.path, q.reason
ORDER BY count(*) DESC, s.connection COLLATE "C", s.name COLLATE "C", q.path COLLATE "C"
