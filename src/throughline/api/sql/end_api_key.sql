-- Forget an API key, so that it is valid no more.
-- Parameters: name.
DELETE FROM api_key WHERE name = %(name)s
