-- One party of each of these profiles, to read its evidence from.
-- Parameters: profiles (uuid[]), parties (uuid[]): parties that have another profile now.
SELECT p.party_id, p.stream_id, p.self, p.doc
FROM (
    SELECT DISTINCT ON (profile_id) party_id FROM member
    WHERE profile_id = ANY(%(profiles)s::uuid[]) AND party_id <> ALL(%(parties)s::uuid[])
    ORDER BY profile_id
) m JOIN party p ON p.party_id = m.party_id
