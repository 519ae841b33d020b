-- Write quality notes.
-- Parameters: none; reads the temporary table new_note.
INSERT INTO quality_note (subject_id, path, reason)
SELECT subject_id, path, reason FROM new_note
