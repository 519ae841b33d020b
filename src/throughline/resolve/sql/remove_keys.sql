-- Take the keys of gone profiles out.
-- Parameters: profiles (uuid[]).
DELETE FROM blocking_key b
USING (SELECT profile_id, name, unnest(keys) AS key FROM profile WHERE profile_id = ANY(%(profiles)s::uuid[])) g
WHERE b.key = g.key AND b.name = g.name AND b.profile_id = g.profile_id
