-- Which of these profiles other parties still have.
-- Parameters: profiles (uuid[]), parties (uuid[]).
SELECT DISTINCT profile_id FROM member
WHERE profile_id = ANY(%(profiles)s::uuid[]) AND party_id <> ALL(%(parties)s::uuid[])
