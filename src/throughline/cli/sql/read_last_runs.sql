-- The last run of each connection and stage, with what it said.
-- Parameters: none.
SELECT DISTINCT ON (stage, subject) stage, subject, started_at, finished_at, outcome, counts, error
FROM run
ORDER BY stage, subject, run_id DESC
