-- Which of these profiles the store knows.
-- Parameters: profiles (uuid[]).
SELECT profile_id FROM profile WHERE profile_id = ANY(%(profiles)s::uuid[])
