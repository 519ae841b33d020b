-- Keep the addresses and numbers of created customers, to find them by.
-- Parameters: none.
INSERT INTO contact_point (key, customer_id)
SELECT n.key, t.customer_id FROM merge_contact n JOIN merge_told t ON t.number = n.customer
ORDER BY n.key, t.customer_id
