-- Which single values were left out of canonical records, or were mended as they came, and how often.
-- Parameters: none.
SELECT s.connection, s.name, regexp_replace(n.path, '\[[0-9]+\]', '', 'g') || ': ' || n.reason, count(*)
FROM quality_note n
LEFT JOIN party y ON y.party_id = n.subject_id
LEFT JOIN record r ON r.record_id = n.subject_id
LEFT JOIN source_record o ON o.source_id = n.subject_id
JOIN stream s ON s.stream_id = coalesce(y.stream_id, r.stream_id, o.stream_id)
GROUP BY 1, 2, 3
ORDER BY count(*) DESC, 1, 2, 3
LIMIT 8
