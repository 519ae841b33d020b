-- For each nameless node the clusters whose profiles hold its value, with how much speaks for each.
CREATE OR REPLACE TEMP TABLE holder AS
SELECT a.node, coalesce(b.fixed, r.root) AS cluster, count(*) AS uses, max(l.score) AS strength
FROM (SELECT left_node AS x, right_node AS y, score FROM link WHERE decision = 'attach'
    UNION ALL SELECT right_node, left_node, score FROM link WHERE decision = 'attach') l
JOIN node a ON a.node = l.x AND a.nameless
JOIN node b ON b.node = l.y AND NOT b.nameless
JOIN root r ON r.node = b.node
GROUP BY ALL
