-- The scored pairs by profile, the smaller id first. Another session reads them too, so the table is not temporary.
CREATE OR REPLACE TABLE link AS
SELECT least(l.profile_id, r.profile_id) AS left_id, greatest(l.profile_id, r.profile_id) AS right_id,
    least(l.node, r.node) AS left_node, greatest(l.node, r.node) AS right_node,
    s.decision, s.rule, s.score, s.reasons
FROM scored s JOIN node l ON l.n = s.left_n JOIN node r ON r.n = s.right_n
