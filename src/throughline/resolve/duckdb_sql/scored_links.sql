-- The scored pairs by profile, the smaller id first.
CREATE OR REPLACE TEMP TABLE new_link AS
SELECT CAST(least(l.profile_id, r.profile_id) AS VARCHAR) AS left_id,
    CAST(greatest(l.profile_id, r.profile_id) AS VARCHAR) AS right_id, s.decision, s.rule, s.score, s.reasons
FROM scored s JOIN feature l ON l.n = s.left_n JOIN feature r ON r.n = s.right_n
