-- Put the batches of refused records back into the work of normalising; return their connections.
-- Parameters: connection, stream (null: all).
UPDATE batch b SET normalised_with = NULL
FROM stream s
WHERE s.stream_id = b.stream_id AND b.batch_id IN (
    SELECT coalesce(r.batch_id, q.batch_id)
    FROM quarantine q
    JOIN stream t ON t.stream_id = q.stream_id
    LEFT JOIN source_record r ON r.source_id = q.source_id
    WHERE q.rule <> 'landing'
      AND (%(connection)s::text IS NULL OR t.connection = %(connection)s)
      AND (%(stream)s::text IS NULL OR t.name = %(stream)s)
)
RETURNING s.connection
