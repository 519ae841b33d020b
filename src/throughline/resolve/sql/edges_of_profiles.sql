-- The links of these profiles that clustering reads; one between two of them comes twice.
-- Parameters: profiles (uuid[]).
SELECT left_id, right_id, decision, score FROM link
WHERE left_id = ANY(%(profiles)s::uuid[]) AND decision <> 'possible'
UNION ALL
SELECT left_id, right_id, decision, score FROM link
WHERE right_id = ANY(%(profiles)s::uuid[]) AND decision <> 'possible'
