-- Customers whose membership changed, or one of whose parties did.
SELECT DISTINCT CAST(customer_id AS VARCHAR) AS customer_id FROM (
    SELECT unnest([old_id, new_id]) AS customer_id FROM moved WHERE old_id IS DISTINCT FROM new_id
    UNION ALL
    SELECT customer_id FROM changed_customer
) WHERE customer_id IS NOT NULL
