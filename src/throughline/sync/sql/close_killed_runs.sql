-- Close the rows of runs that were killed: whoever holds the subject's lock knows that they are over.
-- Parameters: stage, subject.
UPDATE run
SET finished_at = clock_timestamp(), outcome = 'failed', error = 'the process was killed'
WHERE stage = %(stage)s AND subject = %(subject)s AND finished_at IS NULL
