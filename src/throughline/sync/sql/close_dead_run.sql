-- Note that the process of a connection's run died.
-- Parameters: subject, error.
UPDATE run
SET finished_at = clock_timestamp(), outcome = 'failed', error = %(error)s
WHERE stage = 'connection' AND subject = %(subject)s AND finished_at IS NULL
