-- The links of these profiles; one between two of them comes twice.
-- Parameters: profiles (uuid[]).
SELECT left_id, right_id, decision, rule, score, reasons FROM link WHERE left_id = ANY(%(profiles)s::uuid[])
UNION ALL
SELECT left_id, right_id, decision, rule, score, reasons FROM link
WHERE right_id = ANY(%(profiles)s::uuid[])
