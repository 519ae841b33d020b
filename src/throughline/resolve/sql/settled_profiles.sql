-- Which of these profiles a party has that neither moves nor waits for a later slice.
-- Parameters: profiles (uuid[]), parties (uuid[]): those that move.
SELECT DISTINCT m.profile_id FROM member m
LEFT JOIN (SELECT DISTINCT party_id FROM dirty_party) w ON w.party_id = m.party_id
WHERE m.profile_id = ANY(%(profiles)s::uuid[]) AND m.party_id <> ALL(%(parties)s::uuid[]) AND w.party_id IS NULL
