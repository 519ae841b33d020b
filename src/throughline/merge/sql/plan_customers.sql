-- List the customers to look at: what the feed last said of each, what is true now, and in which step it is told.
-- A retired one's survivor is the first on its way whom the feed knows: alive, or ended in this run. One of which
-- nothing is left keeps the survivor that the feed told if that one was deleted since: the feed knows that already.
-- Steps: 1 create, 2 merge away, 3 update, 4 delete, 5 nothing to tell.
-- Parameters: none.
CREATE TEMP TABLE merge_customer AS
WITH RECURSIVE untold AS (
    SELECT customer_id, others FROM lineage WHERE NOT told
), dirty AS (
    SELECT customer_id FROM dirty_customer
    UNION SELECT customer_id FROM untold
    UNION SELECT unnest(others) FROM untold
), route AS (
    SELECT d.customer_id, c.redirect_to AS next_id
    FROM dirty d JOIN customer c USING (customer_id)
    WHERE c.redirect_to IS NOT NULL
    UNION
    SELECT r.customer_id, c.redirect_to
    FROM route r JOIN customer c ON c.customer_id = r.next_id
    LEFT JOIN customer_version v ON v.customer_id = c.customer_id AND v.version = c.version
    WHERE c.redirect_to IS NOT NULL AND v.hash IS NULL
), survivor AS (
    SELECT r.customer_id, s.customer_id AS survivor_id
    FROM route r JOIN customer s ON s.customer_id = r.next_id
    LEFT JOIN customer_version v ON v.customer_id = s.customer_id AND v.version = s.version
    WHERE s.retired_at IS NULL OR v.hash IS NOT NULL
), state AS (
    SELECT c.customer_id, c.version, v.hash, v.merged_into, c.retired_at IS NULL AS live,
        coalesce(s.survivor_id, (
            SELECT e.customer_id
            FROM customer e JOIN customer_version ev ON ev.customer_id = e.customer_id AND ev.version = e.version
            WHERE e.customer_id = v.merged_into AND e.retired_at IS NOT NULL AND e.redirect_to IS NULL
                AND ev.hash IS NULL AND ev.merged_into IS NULL
        )) AS survivor_id
    FROM dirty d
    JOIN customer c USING (customer_id)
    LEFT JOIN customer_version v ON v.customer_id = c.customer_id AND v.version = c.version
    LEFT JOIN survivor s ON s.customer_id = c.customer_id
), step AS (
    SELECT customer_id, version, hash, survivor_id,
        CASE
            WHEN live AND hash IS NULL THEN 1
            WHEN live THEN 3
            WHEN version = 0 OR (hash IS NULL AND merged_into IS NOT DISTINCT FROM survivor_id) THEN 5
            WHEN survivor_id IS NULL THEN 4
            ELSE 2
        END AS step
    FROM state
)
SELECT (row_number() OVER (ORDER BY step, customer_id))::integer AS number, step.* FROM step
