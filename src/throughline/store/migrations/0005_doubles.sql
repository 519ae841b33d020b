-- Which party or record a refused source record would make, where another makes it already: when that one goes, the
-- refused one is read again.
ALTER TABLE quarantine ADD COLUMN subject_id uuid;
CREATE INDEX quarantine_by_subject ON quarantine (subject_id) WHERE subject_id IS NOT NULL;
UPDATE batch SET normalised_with = NULL
WHERE batch_id IN (SELECT batch_id FROM quarantine WHERE path = '$.key' AND source_id IS NOT NULL);
