-- The customer of each of these profiles.
-- Parameters: profiles (uuid[]).
SELECT DISTINCT ON (profile_id) profile_id, customer_id FROM member
WHERE profile_id = ANY(%(profiles)s::uuid[]) ORDER BY profile_id
