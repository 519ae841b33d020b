-- The links between these nodes.
CREATE OR REPLACE TEMP TABLE link AS
SELECT DISTINCT l.node AS left_node, r.node AS right_node, e.decision, e.score
FROM edge e JOIN node l ON l.profile_id = CAST(e.left_id AS UUID) JOIN node r ON r.profile_id = CAST(e.right_id AS UUID)
