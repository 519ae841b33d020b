-- The names of all API keys, and when each was made.
-- Parameters: none.
SELECT name, created_at FROM api_key ORDER BY name COLLATE "C"
