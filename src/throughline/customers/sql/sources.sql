-- The parties that are this customer: its part of the crosswalk.
-- Parameters: customer_id.
SELECT s.connection, s.name, p.key, p.self, p.changed_at, p.doc
FROM member m JOIN party p USING (party_id) JOIN stream s USING (stream_id)
WHERE m.customer_id = %(customer_id)s
ORDER BY s.connection COLLATE "C", s.name COLLATE "C", p.key
