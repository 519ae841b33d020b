-- One refused record, and where its text lies.
-- Parameters: start (of its id).
SELECT q.quarantine_id, s.connection, s.name, q.position, q.rule, q.path, q.reason, q.refused_at, q.content,
    b.path, r.line, cb.path, b.raw
FROM quarantine q
JOIN stream s USING (stream_id)
LEFT JOIN batch b ON b.batch_id = q.batch_id
LEFT JOIN source_record r ON r.source_id = q.source_id
LEFT JOIN batch cb ON cb.batch_id = r.batch_id
WHERE q.quarantine_id::text LIKE %(start)s || '%%'
ORDER BY q.quarantine_id
LIMIT 2
