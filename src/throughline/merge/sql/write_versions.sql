-- Keep the new versions of golden records.
-- Parameters: none.
INSERT INTO customer_version (customer_id, version, doc, provenance, hash)
SELECT t.customer_id, t.version, g.doc, g.provenance, g.hash
FROM merge_golden g JOIN merge_told t ON t.number = g.customer
ORDER BY t.number
