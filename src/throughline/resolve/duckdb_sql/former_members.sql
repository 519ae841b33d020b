-- The parties of the retired customers.
SELECT CAST(o.party_id AS VARCHAR) AS party_id, CAST(o.customer_id AS VARCHAR) AS customer_id
FROM old_member o JOIN retired r ON r.customer_id = o.customer_id
