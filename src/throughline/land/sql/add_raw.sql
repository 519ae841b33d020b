-- Remember content that was kept as received; the same content is remembered once.
-- Parameters: sha256, name, path, bytes.
INSERT INTO raw_content (sha256, name, path, bytes)
VALUES (%(sha256)s, %(name)s, %(path)s, %(bytes)s)
ON CONFLICT (sha256) DO NOTHING
