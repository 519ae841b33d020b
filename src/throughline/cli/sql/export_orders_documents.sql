-- All orders, each with the customer it belongs to, a JSON object a row.
-- Parameters: none.
SELECT '{"record_id":"' || r.record_id || '","connection":' || to_json(s.connection) || ',"stream":' || to_json(s.name)
    || ',"source_id":' || to_json(r.key) || coalesce(',"customer_id":"' || m.customer_id || '"', '')
    || ',' || substr(r.doc::text, 2)
FROM record r
JOIN stream s USING (stream_id)
LEFT JOIN participant p ON p.record_id = r.record_id AND p.principal
LEFT JOIN member m ON m.party_id = p.party_id
WHERE r.type = 'order'
