-- Who holds these keys, up to a number of profiles a key: more make it common anyway.
-- Parameters: keys (bigint[]), most (profiles a key).
SELECT k.key, b.name, b.profile_id
FROM (SELECT DISTINCT unnest(%(keys)s::bigint[]) AS key) k
CROSS JOIN LATERAL (SELECT name, profile_id FROM blocking_key b WHERE b.key = k.key LIMIT %(most)s) b
