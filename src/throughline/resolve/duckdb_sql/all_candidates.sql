-- The distinct pairs of profiles that share a key that is not common.
CREATE OR REPLACE TEMP TABLE candidate AS
WITH useful AS (
    SELECT key, n FROM profile_key
    WHERE key IN (SELECT key FROM profile_key GROUP BY key HAVING count(*) > 1)
        AND key NOT IN (SELECT key FROM common_key)
)
SELECT DISTINCT a.n AS left_n, b.n AS right_n FROM useful a JOIN useful b ON a.key = b.key AND a.n < b.n
ORDER BY left_n
