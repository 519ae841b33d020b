-- Parties to read the evidence of these profiles from: one of each that is settled, if there is one, and all that
-- wait for a later slice, for their documents may say something else by now.
-- Parameters: profiles (uuid[]), parties (uuid[]): parties that have another profile now.
SELECT p.party_id, p.stream_id, p.self, p.doc
FROM (
    SELECT m.party_id, w.party_id IS NOT NULL AS waits,
        row_number() OVER (PARTITION BY m.profile_id ORDER BY w.party_id IS NOT NULL) AS place
    FROM member m LEFT JOIN (SELECT DISTINCT party_id FROM dirty_party) w ON w.party_id = m.party_id
    WHERE m.profile_id = ANY(%(profiles)s::uuid[]) AND m.party_id <> ALL(%(parties)s::uuid[])
) m JOIN party p ON p.party_id = m.party_id
WHERE m.waits OR m.place = 1
