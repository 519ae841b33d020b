-- How each stream stands: when it was last read well, what landed, what waits, what was refused.
-- Parameters: none.
SELECT s.connection, s.name, s.last_success, coalesce(b.landed, 0), coalesce(b.deleted, 0), coalesce(b.waiting, 0),
    coalesce(q.refused, 0)
FROM stream s
LEFT JOIN (
    SELECT stream_id, sum(landed)::bigint AS landed, sum(deleted)::bigint AS deleted,
        count(*) FILTER (WHERE normalised_with IS NULL) AS waiting
    FROM batch GROUP BY stream_id
) b USING (stream_id)
LEFT JOIN (SELECT stream_id, count(*) AS refused FROM quarantine GROUP BY stream_id) q USING (stream_id)
ORDER BY s.connection COLLATE "C", s.stream_id
