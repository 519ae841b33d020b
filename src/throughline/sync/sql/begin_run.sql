-- Note that a run begins.
-- Parameters: stage, subject.
INSERT INTO run (stage, subject, started_at)
VALUES (%(stage)s, %(subject)s, clock_timestamp())
RETURNING run_id
