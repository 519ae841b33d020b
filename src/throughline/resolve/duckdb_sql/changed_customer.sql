-- Customers one of whose parties in the slice has another document, with its profile or another.
CREATE OR REPLACE TEMP TABLE changed_customer AS
SELECT DISTINCT CAST(customer_id AS UUID) AS customer_id FROM work
WHERE customer_id IS NOT NULL AND doc IS NOT NULL
