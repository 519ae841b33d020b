-- Note on records that characters no store can keep were replaced.
-- Parameters: ids: their uuids.
INSERT INTO quality_note (subject_id, path, reason)
SELECT unnest(%(ids)s::uuid[]), '$', 'a byte that is no text, NUL, or half a surrogate pair was replaced by U+FFFD'
