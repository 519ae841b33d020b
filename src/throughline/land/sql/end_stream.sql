-- Note that a read of the stream ended well.
-- Parameters: stream_id, swept: whether it was a complete listing.
UPDATE stream SET last_success = now(), sweep = sweep + %(swept)s::integer
WHERE stream_id = %(stream_id)s
