-- The rows of the store's table blocking_key for the profiles that came.
SELECT k.key, k.name, CAST(f.profile_id AS VARCHAR) AS profile_id
FROM profile_key k JOIN feature f ON f.n = k.n JOIN came c ON CAST(c.profile_id AS UUID) = f.profile_id
