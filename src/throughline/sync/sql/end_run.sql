-- Note how a run ended and what it counted.
-- Parameters: run_id, outcome, counts, error.
UPDATE run
SET finished_at = clock_timestamp(), outcome = %(outcome)s, counts = %(counts)s, error = %(error)s
WHERE run_id = %(run_id)s
