-- Pairs that must not meet; only those count whose both sides match somebody.
WITH matched AS (
    SELECT left_node AS node FROM link WHERE decision = 'match' UNION SELECT right_node FROM link WHERE decision = 'match'
)
SELECT left_node, right_node FROM link
WHERE decision = 'refused' AND left_node IN (SELECT node FROM matched) AND right_node IN (SELECT node FROM matched)
