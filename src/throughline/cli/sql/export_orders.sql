-- All orders, each with the customer it belongs to, and the whole as a document.
-- Parameters: none.
SELECT h.*,
    d.number, d.placed_at, d.status, d.currency, d.total, d.lines,
    left(json_strip_nulls(to_json(h))::text, -1) || ',' || substr(r.doc::text, 2) AS document
FROM record r
JOIN stream s USING (stream_id)
LEFT JOIN participant p ON p.record_id = r.record_id AND p.principal
LEFT JOIN member m ON m.party_id = p.party_id
CROSS JOIN LATERAL (
    SELECT r.record_id, s.connection, s.name AS stream, r.key AS source_id, m.customer_id
) AS h
CROSS JOIN LATERAL json_to_record(r.doc) AS d (
    number text, placed_at text, status text, currency text, total text, lines json
)
WHERE r.type = 'order'
