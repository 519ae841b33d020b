-- The parties of the slice as they are, with the profile and customer that they had.
-- Parameters: parties (uuid[]).
SELECT w.party_id, p.stream_id, p.self, p.doc, m.profile_id, m.customer_id
FROM (SELECT DISTINCT unnest(%(parties)s::uuid[]) AS party_id) w
LEFT JOIN party p ON p.party_id = w.party_id
LEFT JOIN member m ON m.party_id = w.party_id
