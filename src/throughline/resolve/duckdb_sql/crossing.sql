-- The keys that are common now and were not, or were and are not, with all their holders.
CREATE OR REPLACE TEMP TABLE holder_after AS
SELECT key, name, CAST(profile_id AS UUID) AS profile_id FROM holder_before
WHERE profile_id NOT IN (SELECT profile_id FROM left_key)
UNION ALL
SELECT k.key, k.name, f.profile_id FROM profile_key k JOIN feature f ON f.n = k.n
JOIN came c ON CAST(c.profile_id AS UUID) = f.profile_id
