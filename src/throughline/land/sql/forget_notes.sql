-- Take out the landing's own quality notes on records that arrived anew.
-- Parameters: ids: their uuids.
DELETE FROM quality_note
WHERE subject_id = ANY (%(ids)s::uuid[]) AND path = '$'
