-- Take customers out of the work; the transaction's snapshot keeps those that come in meanwhile.
-- Parameters: first, last (numbers in merge_customer).
DELETE FROM dirty_customer d USING merge_customer c
WHERE c.number BETWEEN %(first)s AND %(last)s AND d.customer_id = c.customer_id
