-- The records of parties that are back: they were away when merge looked, so that it told of no customer (a new one, or
-- one that was deleted and lives again) and took their records out of the work.
-- Parameters: none.
INSERT INTO dirty_record (record_id)
SELECT DISTINCT p.record_id
FROM dirty_party d JOIN member m USING (party_id) JOIN customer c ON c.customer_id = m.customer_id
LEFT JOIN customer_version v ON v.customer_id = c.customer_id AND v.version = c.version
JOIN participant p ON p.party_id = d.party_id AND p.principal
WHERE v.hash IS NULL
