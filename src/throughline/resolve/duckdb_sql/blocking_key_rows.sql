-- The rows of the store's table blocking_key.
SELECT k.key, k.name, CAST(f.profile_id AS VARCHAR) AS profile_id
FROM profile_key k JOIN feature f ON f.n = k.n ORDER BY k.key, k.name
