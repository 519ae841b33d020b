-- Mark source records as gone at the source; they take part in the batch without a body.
-- Parameters: ids, batch_id.
UPDATE source_record SET
    batch_id = %(batch_id)s, line = -1, hash = '00000000-0000-0000-0000-000000000000',
    version = NULL, deleted_at = now()
WHERE source_id = ANY (%(ids)s::uuid[]) AND deleted_at IS NULL
