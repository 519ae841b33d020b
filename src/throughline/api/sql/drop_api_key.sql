-- End an API key.
-- Parameters: name.
DELETE FROM api_key WHERE name = %(name)s
