-- Return the batches that these rules have not read yet, oldest first, and whether other rules have.
-- Parameters: stream_id, fingerprint.
SELECT batch_id, path, landed + deleted, normalised_with IS NOT NULL
FROM batch
WHERE stream_id = %(stream_id)s AND normalised_with IS DISTINCT FROM %(fingerprint)s
ORDER BY batch_id
