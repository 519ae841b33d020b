-- Nodes of the graph: what was touched, then the holders outside, whose cluster stays (numbered below zero).
CREATE OR REPLACE TEMP TABLE node AS
WITH outside AS (
    SELECT profile_id, -CAST(dense_rank() OVER (ORDER BY customer_id) AS INTEGER) AS fixed FROM outside_customer
), together AS (
    SELECT profile_id, nameless, guards, CAST(NULL AS INTEGER) AS fixed FROM touched
    UNION ALL
    SELECT profile_id, false, '', fixed FROM outside
)
SELECT CAST(row_number() OVER (ORDER BY CAST(profile_id AS UUID)) - 1 AS INTEGER) AS node,
    CAST(profile_id AS UUID) AS profile_id, nameless, CASE WHEN guards = '' THEN [] ELSE string_split(guards, chr(31)) END AS guards, fixed
FROM together
