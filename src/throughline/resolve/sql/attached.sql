-- The nameless profiles that one of these profiles holds the value of.
-- Parameters: profiles (uuid[]).
SELECT DISTINCT p.profile_id, true AS nameless, array_to_string(p.guards, chr(31))
FROM (
    SELECT left_id AS a, right_id AS b FROM link WHERE decision = 'attach' AND left_id = ANY(%(profiles)s::uuid[])
    UNION ALL
    SELECT right_id, left_id FROM link WHERE decision = 'attach' AND right_id = ANY(%(profiles)s::uuid[])
) l JOIN profile p ON p.profile_id = l.b
WHERE p.name = 0
