-- All profiles that matches connect with these.
-- Parameters: profiles (uuid[]).
WITH RECURSIVE component (profile_id) AS (
    SELECT DISTINCT unnest(%(profiles)s::uuid[])
    UNION
    SELECT n.profile_id FROM component c CROSS JOIN LATERAL (
        SELECT right_id AS profile_id FROM link WHERE left_id = c.profile_id AND decision = 'match'
        UNION ALL
        SELECT left_id FROM link WHERE right_id = c.profile_id AND decision = 'match'
    ) n
)
SELECT p.profile_id, p.name = 0 AS nameless, array_to_string(p.guards, chr(31))
FROM component c CROSS JOIN LATERAL ( -- looked up one by one: a recursive query's size is guessed far too high
    SELECT profile_id, name, guards FROM profile WHERE profile_id = c.profile_id LIMIT 1
) p
