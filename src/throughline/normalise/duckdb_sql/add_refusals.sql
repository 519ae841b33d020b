-- Refuse what the schema refuses (table bad), and what has no key or whose condition failed.
-- Parameters: rule.
INSERT INTO refusals
SELECT source_id, $rule, path, reason, NULL FROM mapped JOIN bad USING (row)
UNION ALL
SELECT source_id, $rule, '$.' || split_part(refusal, ': ', 1), split_part(refusal, ': ', 2), NULL
FROM mapped WHERE refusal IS NOT NULL
