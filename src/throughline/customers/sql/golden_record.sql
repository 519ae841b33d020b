-- A customer's golden record, with the rules that it was made by.
-- Parameters: customer_id.
SELECT c.customer_id, c.created_at, v.version, v.doc, v.provenance, s.rules
FROM customer c
JOIN customer_version v ON v.customer_id = c.customer_id AND v.version = c.version
LEFT JOIN survivorship s ON s.fingerprint = v.provenance ->> 'rules'
WHERE c.customer_id = %(customer_id)s AND v.doc IS NOT NULL
