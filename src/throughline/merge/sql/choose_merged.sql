-- The customers that were merged away: into whom, and by which lineage.
-- Parameters: none.
CREATE TEMP TABLE merge_loser ON COMMIT DROP AS
SELECT c.customer_id, c.version + 1 AS version, c.survivor_id, s.version AS survivor_version,
    (
        SELECT l.lineage_id FROM lineage l
        WHERE NOT l.told AND l.kind = 'merged' AND c.customer_id = ANY (l.others)
        ORDER BY l.happened_at DESC, l.lineage_id DESC LIMIT 1
    ) AS lineage_id
FROM merge_customer c JOIN customer s ON s.customer_id = c.survivor_id
WHERE c.step = 2
