-- Return what is stored of the source records with these ids.
-- Parameters: ids: their uuids.
SELECT replace(source_id::text, '-', ''), replace(hash::text, '-', ''), version, group_key, deleted_at IS NOT NULL
FROM source_record
WHERE source_id = ANY (%(ids)s::uuid[])
