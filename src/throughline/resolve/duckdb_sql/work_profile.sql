-- The profiles whose pairs must be worked out: the new and the resumed ones, and the holders of keys that crossed their
-- limit.
CREATE OR REPLACE TEMP TABLE work_profile AS
WITH before AS (
    SELECT h.key FROM holder_before h JOIN key_limit l ON l.kind = h.key & 15
    GROUP BY h.key, l.names, l.profiles HAVING count(DISTINCT h.name) > l.names OR count(*) > l.profiles
), later AS (
    SELECT h.key FROM holder_after h JOIN key_limit l ON l.kind = h.key & 15
    GROUP BY h.key, l.names, l.profiles HAVING count(DISTINCT h.name) > l.names OR count(*) > l.profiles
), crossed AS (
    (SELECT key FROM before EXCEPT SELECT key FROM later) UNION ALL (SELECT key FROM later EXCEPT SELECT key FROM before)
)
SELECT CAST(profile_id AS UUID) AS profile_id FROM (FROM came UNION ALL FROM resumed)
UNION
SELECT h.profile_id FROM holder_after h JOIN crossed c ON c.key = h.key
