-- The pairs of a work profile and another that share a key that is not common.
CREATE OR REPLACE TEMP TABLE candidate AS
SELECT DISTINCT least(f.n, g.n) AS left_n, greatest(f.n, g.n) AS right_n
FROM neighbour a JOIN work_profile w ON w.profile_id = a.profile_id
JOIN neighbour b ON b.key = a.key AND b.profile_id <> a.profile_id
JOIN feature f ON f.profile_id = a.profile_id JOIN feature g ON g.profile_id = b.profile_id
WHERE a.key NOT IN (SELECT key FROM common_key)
