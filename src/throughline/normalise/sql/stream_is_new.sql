-- Tell whether nothing was made of the stream yet, and nothing of it refused. A batch that is done tells it at once;
-- the tables, which have no index by stream, are looked through only where none is.
-- Parameters: stream_id.
SELECT NOT EXISTS (SELECT FROM batch WHERE stream_id = %(stream_id)s AND normalised_with IS NOT NULL)
    AND NOT EXISTS (SELECT FROM party WHERE stream_id = %(stream_id)s)
    AND NOT EXISTS (SELECT FROM record WHERE stream_id = %(stream_id)s)
    AND NOT EXISTS (SELECT FROM quarantine WHERE stream_id = %(stream_id)s AND rule <> 'landing')
