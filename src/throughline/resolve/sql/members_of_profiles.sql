-- The members that have these profiles.
-- Parameters: profiles (uuid[]).
SELECT party_id, profile_id, customer_id FROM member WHERE profile_id = ANY(%(profiles)s::uuid[])
