-- Add the addresses and numbers that updated customers did not have, to find them by.
-- Parameters: none.
INSERT INTO contact_point (key, customer_id)
SELECT n.key, t.customer_id FROM merge_contact n JOIN merge_told t ON t.number = n.customer
ON CONFLICT DO NOTHING
