-- The keys of the profiles that came or went.
SELECT key FROM left_key
UNION
SELECT k.key FROM profile_key k JOIN feature f ON f.n = k.n JOIN came c ON CAST(c.profile_id AS UUID) = f.profile_id
