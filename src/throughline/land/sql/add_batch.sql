-- Record one landed page.
-- Parameters: stream_id, path, received, landed, unchanged, deleted, refused, raw.
INSERT INTO batch (stream_id, path, received, landed, unchanged, deleted, refused, raw)
VALUES (%(stream_id)s, %(path)s, %(received)s, %(landed)s, %(unchanged)s, %(deleted)s, %(refused)s, %(raw)s)
RETURNING batch_id
