-- Put the records of customers of which nothing is left into the work.
-- Parameters: none.
INSERT INTO dirty_record (record_id)
SELECT p.record_id
FROM merge_customer c
JOIN former_member f USING (customer_id)
JOIN participant p ON p.party_id = f.party_id AND p.principal
WHERE c.step = 4
