-- Return every path in the landing that the store refers to.
-- Parameters: none.
SELECT path FROM batch WHERE path IS NOT NULL
UNION
SELECT path FROM raw_content
