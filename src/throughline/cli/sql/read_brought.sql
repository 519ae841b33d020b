-- What each stream holds: its source records, and what became of them.
-- Parameters: none.
SELECT s.connection, s.name, coalesce(r.records, 0), made.words
FROM stream s
LEFT JOIN (
    SELECT stream_id, count(*) AS records FROM source_record WHERE deleted_at IS NULL GROUP BY stream_id
) r USING (stream_id)
LEFT JOIN (
    SELECT stream_id, string_agg(number || ' ' || kind, ', ' ORDER BY number DESC, kind) AS words
    FROM (
        SELECT stream_id, CASE count(*) WHEN 1 THEN 'party' ELSE 'parties' END AS kind, count(*) AS number
        FROM party GROUP BY stream_id
        UNION ALL
        SELECT stream_id, CASE type WHEN 'interaction' THEN doc ->> 'kind' ELSE type END || CASE count(*) WHEN 1 THEN '' ELSE 's' END, count(*)
        FROM record GROUP BY stream_id, CASE type WHEN 'interaction' THEN doc ->> 'kind' ELSE type END
    ) AS one
    GROUP BY stream_id
) made USING (stream_id)
ORDER BY s.connection COLLATE "C", s.stream_id
