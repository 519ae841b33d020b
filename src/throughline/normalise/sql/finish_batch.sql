-- Note which rules read a batch.
-- Parameters: batch_id, fingerprint.
UPDATE batch SET normalised_with = %(fingerprint)s WHERE batch_id = %(batch_id)s
