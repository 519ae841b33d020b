-- The records whose principal is one of the customer's parties.
-- Parameters: customer_id.
SELECT r.record_id, r.type, s.connection, s.name, r.key, r.occurred_at, p.role, r.doc
FROM member m
JOIN participant p ON p.party_id = m.party_id AND p.principal
JOIN record r USING (record_id)
JOIN stream s USING (stream_id)
WHERE m.customer_id = %(customer_id)s
ORDER BY r.occurred_at NULLS LAST, s.connection COLLATE "C", s.name COLLATE "C", r.key
