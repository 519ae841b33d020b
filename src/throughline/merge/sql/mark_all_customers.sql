-- Put every customer with a golden record back into the work: the rules changed.
-- Parameters: none.
INSERT INTO dirty_customer (customer_id)
SELECT customer_id FROM customer WHERE version > 0 AND retired_at IS NULL
