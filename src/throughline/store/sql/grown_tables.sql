-- Tables of which more than half is new since they were last analysed, and queues that hold much that was consumed.
-- Parameters: pages (smaller tables are left alone).
SELECT c.relname, c.relname LIKE 'dirty\_%%' AS queue
FROM pg_class c
CROSS JOIN LATERAL (SELECT pg_relation_size(c.oid) / current_setting('block_size')::bigint AS pages) AS now
WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND now.pages > %(pages)s
    AND (c.relname LIKE 'dirty\_%%' OR c.reltuples < 0 OR now.pages > 2 * c.relpages
        OR pg_stat_get_mod_since_analyze(c.oid) > c.reltuples / 2)
ORDER BY c.relname
