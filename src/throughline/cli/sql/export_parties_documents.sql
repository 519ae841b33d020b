-- Every party as its source knows it, with the customer it is, a JSON object a row.
-- Parameters: none.
SELECT '{"party_id":"' || y.party_id || '","connection":' || to_json(s.connection) || ',"stream":' || to_json(s.name)
    || coalesce(',"source_id":' || CASE WHEN y.source_id IS NOT NULL THEN to_json(y.key) END, '')
    || coalesce(',"customer_id":"' || m.customer_id || '"', '') || ',' || substr(y.doc::text, 2)
FROM party y
JOIN stream s USING (stream_id)
LEFT JOIN member m ON m.party_id = y.party_id
