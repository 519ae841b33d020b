-- Return the records of these groups that are there, and the file each lies in.
-- Parameters: stream_id, groups.
SELECT replace(source_id::text, '-', ''), key, version, line, group_key, batch.path
FROM source_record JOIN batch USING (batch_id)
WHERE source_record.stream_id = %(stream_id)s AND group_key = ANY (%(groups)s) AND deleted_at IS NULL
