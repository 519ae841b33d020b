-- The events that tell of merges and splits, each on the key of every customer concerned.
-- Parameters: none.
CREATE TEMP TABLE merge_lineage ON COMMIT DROP AS
WITH merged AS (
    SELECT survivor_id, survivor_version, lineage_id,
        json_build_object('survivor', survivor_id, 'losers', json_agg(customer_id ORDER BY customer_id), 'lineage', lineage_id) AS data,
        max(steps) AS steps
    FROM merge_loser GROUP BY survivor_id, survivor_version, lineage_id
), parted AS (
    SELECT lineage_id, customer_id AS divided_id, unnest(others) AS part_id FROM lineage WHERE NOT told AND kind = 'split'
    UNION
    SELECT lineage_id, unnest(others), customer_id FROM lineage WHERE NOT told AND kind = 'revived'
), split AS (
    SELECT p.lineage_id, p.divided_id, d.version AS divided_version, p.part_id, c.version AS part_version
    FROM parted p
    JOIN customer d ON d.customer_id = p.divided_id
    JOIN customer_version dv ON dv.customer_id = d.customer_id AND dv.version = d.version AND dv.hash IS NOT NULL
    JOIN customer c ON c.customer_id = p.part_id
    JOIN customer_version cv ON cv.customer_id = c.customer_id AND cv.version = c.version AND cv.hash IS NOT NULL
), told AS (
    SELECT lineage_id, divided_id, divided_version,
        json_build_object('divided', divided_id, 'into', json_agg(part_id ORDER BY part_id), 'lineage', lineage_id) AS data
    FROM split GROUP BY lineage_id, divided_id, divided_version
)
SELECT 1 AS rank, 0 AS steps, lineage_id, divided_id AS customer_id, divided_version AS version, 'customer.split' AS type, data FROM told
UNION ALL
SELECT 2, 0, s.lineage_id, s.part_id, s.part_version, 'customer.split', t.data
FROM split s JOIN told t USING (lineage_id, divided_id)
UNION ALL
SELECT 3, steps, lineage_id, survivor_id, survivor_version, 'customer.merged', data FROM merged
UNION ALL
SELECT 3, m.steps, l.lineage_id, l.customer_id, l.version, 'customer.merged', m.data
FROM merge_loser l JOIN merged m
    ON m.survivor_id = l.survivor_id AND m.lineage_id IS NOT DISTINCT FROM l.lineage_id
