-- Which customer each source record names: records by their principal participant, and parties that are source records.
-- Parameters: none.
SELECT h.*, to_json(h)::text AS document
FROM (
    SELECT s.connection, s.name AS stream, r.key AS source_id, m.customer_id
    FROM record r
    JOIN stream s USING (stream_id)
    JOIN participant p ON p.record_id = r.record_id AND p.principal
    JOIN member m ON m.party_id = p.party_id
    UNION ALL
    SELECT s.connection, s.name, y.key, m.customer_id
    FROM party y
    JOIN stream s USING (stream_id)
    JOIN member m ON m.party_id = y.party_id
    WHERE y.self
) AS h
