-- Tell whether nothing was made of the stream yet, and nothing of it refused.
-- Parameters: stream_id.
SELECT NOT EXISTS (SELECT FROM party WHERE stream_id = %(stream_id)s)
    AND NOT EXISTS (SELECT FROM record WHERE stream_id = %(stream_id)s)
    AND NOT EXISTS (SELECT FROM quarantine WHERE stream_id = %(stream_id)s AND rule <> 'landing')
