-- Take the groups that records left.
-- Parameters: stream_id.
DELETE FROM stale_group WHERE stream_id = %(stream_id)s
RETURNING group_key
