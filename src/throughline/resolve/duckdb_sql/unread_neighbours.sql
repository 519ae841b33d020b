-- The profiles that pairs of work profiles need and whose evidence is not read yet.
WITH useful AS (
    SELECT DISTINCT a.key FROM neighbour a JOIN work_profile w ON w.profile_id = a.profile_id
    WHERE a.key NOT IN (SELECT key FROM common_key)
)
SELECT DISTINCT profile_id FROM neighbour n JOIN useful u ON u.key = n.key
WHERE NOT EXISTS (SELECT 1 FROM feature f WHERE f.profile_id = n.profile_id)
UNION
SELECT profile_id FROM work_profile w WHERE NOT EXISTS (SELECT 1 FROM feature f WHERE f.profile_id = w.profile_id)
