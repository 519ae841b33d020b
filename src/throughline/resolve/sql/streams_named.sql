-- The numbers of streams given as connection/stream.
-- Parameters: names (text[]).
SELECT stream_id FROM stream WHERE connection || '/' || name = ANY(%(names)s)
