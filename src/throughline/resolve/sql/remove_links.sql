-- Take these links out.
-- Parameters: lefts, rights (uuid[], pair by pair).
DELETE FROM link l USING unnest(%(lefts)s::uuid[], %(rights)s::uuid[]) AS g (left_id, right_id)
WHERE l.left_id = g.left_id AND l.right_id = g.right_id
