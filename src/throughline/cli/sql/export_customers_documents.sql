-- The golden records of all living customers, a JSON object a row.
-- Parameters: none.
SELECT '{"customer_id":"' || v.customer_id || '","version":' || v.version || ',' || substr(v.doc::text, 2)
FROM customer c
JOIN customer_version v ON v.customer_id = c.customer_id AND v.version = c.version
WHERE c.retired_at IS NULL AND c.redirect_to IS NULL AND v.doc IS NOT NULL
