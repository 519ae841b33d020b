-- Take the quality notes of what was accepted apart.
-- Parameters: none.
INSERT INTO notes
SELECT id, split_part(note, chr(31), 1), split_part(note, chr(31), 2)
FROM (
    SELECT DISTINCT id, unnest(string_split(notes[2:], chr(30))) AS note
    FROM accepted WHERE notes IS NOT NULL
)
