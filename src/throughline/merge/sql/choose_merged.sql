-- The customers that were merged away: into whom, who has their records in the end, and by which lineage. A
-- survivor may be merged away too: `steps` says how often, to tell the one before the other.
-- Parameters: none.
CREATE TEMP TABLE merge_loser ON COMMIT DROP AS
WITH RECURSIVE way AS (
    SELECT customer_id, survivor_id AS holder_id, 0 AS steps FROM merge_customer WHERE step = 2
    UNION ALL
    SELECT w.customer_id, n.survivor_id, w.steps + 1
    FROM way w JOIN merge_customer n ON n.customer_id = w.holder_id AND n.step = 2
)
SELECT DISTINCT ON (c.customer_id) c.customer_id, c.version + 1 AS version, c.survivor_id, s.version AS survivor_version,
    w.holder_id, w.steps,
    (
        SELECT l.lineage_id FROM lineage l
        WHERE NOT l.told AND l.kind = 'merged' AND c.customer_id = ANY (l.others)
        ORDER BY l.happened_at DESC, l.lineage_id DESC LIMIT 1
    ) AS lineage_id
FROM merge_customer c
JOIN customer s ON s.customer_id = c.survivor_id
JOIN way w ON w.customer_id = c.customer_id
WHERE c.step = 2
ORDER BY c.customer_id, w.steps DESC
