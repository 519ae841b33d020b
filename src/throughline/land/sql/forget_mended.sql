-- Take out of quarantine what the landing refused in these, read anew, and does not refuse any more.
-- Parameters: stream_id, names (of files and the like, or single positions), refused (ids).
DELETE FROM quarantine
WHERE stream_id = %(stream_id)s AND rule = 'landing'
    AND ARRAY[position, left(position, -length(substring(position FROM ': [^:]*$')))] && %(names)s::text[]
    AND quarantine_id <> ALL (%(refused)s::uuid[])
