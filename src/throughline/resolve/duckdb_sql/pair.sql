-- A slice of the candidate pairs, the smaller profile id first: levels must not depend on the order of arrival.
SELECT CASE WHEN l.profile_id < r.profile_id THEN l.n ELSE r.n END AS left_n,
    CASE WHEN l.profile_id < r.profile_id THEN r.n ELSE l.n END AS right_n
FROM candidate c JOIN feature l ON l.n = c.left_n JOIN feature r ON r.n = c.right_n
WHERE c.rowid >= $start AND c.rowid < $end
