-- Keep the hash of a new API key; a name's older key ends.
-- Parameters: name, hash.
INSERT INTO api_key (name, hash) VALUES (%(name)s, %(hash)s)
ON CONFLICT (name) DO UPDATE SET hash = excluded.hash, created_at = now()
