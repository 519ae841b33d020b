-- Take out the quality notes on what these source records make.
-- Parameters: none; reads the temporary table noted.
DELETE FROM quality_note USING noted
WHERE quality_note.subject_id = noted.subject_id AND quality_note.path <> '$'
