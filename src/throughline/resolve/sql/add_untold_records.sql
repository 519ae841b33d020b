-- The records of parties that are back: they were away when merge looked, so that it told of no customer and took its
-- records out of the work.
-- Parameters: none.
INSERT INTO dirty_record (record_id)
SELECT DISTINCT p.record_id
FROM dirty_party d JOIN member m USING (party_id) JOIN customer c ON c.customer_id = m.customer_id AND c.version = 0
JOIN participant p ON p.party_id = d.party_id AND p.principal
