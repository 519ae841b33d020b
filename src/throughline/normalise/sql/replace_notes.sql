-- Take out the quality notes on what these source records make.
-- Parameters: none; reads the temporary table noted.
DELETE FROM quality_note
WHERE subject_id = ANY (ARRAY(SELECT subject_id FROM noted)) AND path <> '$'
