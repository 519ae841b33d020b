-- A revived customer is no former one.
-- Parameters: customers (uuid[]).
DELETE FROM former_member WHERE customer_id = ANY(%(customers)s::uuid[])
