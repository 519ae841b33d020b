-- Put the records of customers that are revived into the work where the feed never heard that they were merged away:
-- no merge tells of those that stay behind.
-- Parameters: customers (uuid[]).
INSERT INTO dirty_record (record_id)
SELECT p.record_id
FROM customer c
JOIN customer_version v ON v.customer_id = c.customer_id AND v.version = c.version AND v.hash IS NOT NULL
JOIN former_member f ON f.customer_id = c.customer_id
JOIN participant p ON p.party_id = f.party_id AND p.principal
WHERE c.customer_id = ANY(%(customers)s::uuid[])
