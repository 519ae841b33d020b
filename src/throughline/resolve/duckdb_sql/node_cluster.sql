-- Whose cluster each node is in: a nameless one goes to the one holder, or to the one that its own evidence names.
CREATE OR REPLACE TEMP TABLE node_cluster AS
WITH strongest AS (
    SELECT node, cluster, count(*) OVER (PARTITION BY node) AS clusters,
        rank() OVER (PARTITION BY node ORDER BY strength DESC) AS place,
        uses >= uses_ratio() * (sum(uses) OVER (PARTITION BY node) - uses) AS main_user
    FROM holder
), chosen AS (
    SELECT node, CASE WHEN count(*) FILTER (place = 1) = 1 THEN min(cluster) FILTER (place = 1)
        ELSE min(cluster) FILTER (main_user) END AS cluster
    FROM strongest GROUP BY node
)
SELECT n.node, CASE WHEN n.nameless THEN coalesce(c.cluster, r.root) ELSE coalesce(n.fixed, r.root) END AS cluster
FROM node n JOIN root r ON r.node = n.node LEFT JOIN chosen c ON c.node = n.node
