-- Count new, changed and gone canonical records by kind.
-- Parameters: none.
SELECT kind, count(*) FILTER (WHERE before IS NULL), count(*) FILTER (WHERE before IS NOT NULL AND after IS NOT NULL),
    count(*) FILTER (WHERE after IS NULL)
FROM diff_change GROUP BY kind ORDER BY kind
