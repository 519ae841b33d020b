-- The new rows of members, sorted for the store.
SELECT CAST(party_id AS VARCHAR) AS party_id, CAST(profile_id AS VARCHAR) AS profile_id, CAST(new_id AS VARCHAR) AS customer_id
FROM moved WHERE new_id IS NOT NULL ORDER BY party_id
