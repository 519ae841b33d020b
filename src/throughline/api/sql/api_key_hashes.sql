-- The hashes of all API keys.
-- Parameters: none.
SELECT name, hash FROM api_key ORDER BY name
