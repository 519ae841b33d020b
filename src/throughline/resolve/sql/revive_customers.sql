-- Retired customers are customers again.
-- Parameters: customers (uuid[]).
UPDATE customer SET redirect_to = NULL, retired_at = NULL WHERE customer_id = ANY(%(customers)s::uuid[])
