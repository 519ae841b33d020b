-- The blocking keys of these profiles.
-- Parameters: profiles (uuid[]).
SELECT unnest(keys) AS key, name, profile_id FROM profile WHERE profile_id = ANY(%(profiles)s::uuid[])
