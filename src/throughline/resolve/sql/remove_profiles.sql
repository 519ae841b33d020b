-- Forget profiles that no party has any more.
-- Parameters: profiles (uuid[]).
DELETE FROM profile WHERE profile_id = ANY(%(profiles)s::uuid[])
