-- How many customers stand in each step.
-- Parameters: none.
SELECT step, count(*) FROM merge_customer GROUP BY step ORDER BY step
