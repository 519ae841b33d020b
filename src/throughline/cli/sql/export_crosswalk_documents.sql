-- The crosswalk, a JSON object a row.
-- Parameters: none.
SELECT json_build_object(
    'connection', s.connection, 'stream', s.name, 'source_id', r.key, 'customer_id', m.customer_id
)
FROM record r
JOIN stream s USING (stream_id)
JOIN participant p ON p.record_id = r.record_id AND p.principal
JOIN member m ON m.party_id = p.party_id
UNION ALL
SELECT json_build_object(
    'connection', s.connection, 'stream', s.name, 'source_id', y.key, 'customer_id', m.customer_id
)
FROM party y
JOIN stream s USING (stream_id)
JOIN member m ON m.party_id = y.party_id
WHERE y.self
