-- The customers of the clusters that stay.
CREATE OR REPLACE TEMP TABLE fixed_cluster AS
SELECT DISTINCT n.fixed AS cluster, CAST(c.customer_id AS UUID) AS customer_id
FROM node n JOIN outside_customer c ON CAST(c.profile_id AS UUID) = n.profile_id WHERE n.fixed IS NOT NULL
