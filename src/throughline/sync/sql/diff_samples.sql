-- Give a few changed canonical records, changed ones first.
-- Parameters: number.
SELECT kind, key, before, after
FROM diff_change
ORDER BY before IS NULL OR after IS NULL, kind, id
LIMIT %(number)s
