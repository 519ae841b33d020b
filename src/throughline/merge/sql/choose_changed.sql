-- Of a step's golden records keep the new and changed ones, with their next version.
-- Parameters: first, last (numbers in merge_customer).
CREATE TEMP TABLE merge_told ON COMMIT DROP AS
SELECT c.number, c.customer_id, c.version + 1 AS version,
    CASE WHEN c.hash IS NULL THEN 'customer.created' ELSE 'customer.updated' END AS type
FROM merge_golden g JOIN merge_customer c ON c.number = g.customer
WHERE c.number BETWEEN %(first)s AND %(last)s AND c.hash IS DISTINCT FROM g.hash
