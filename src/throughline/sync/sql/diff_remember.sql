-- Remember a stream's canonical records as they are.
-- Parameters: connection, stream.
CREATE TEMP TABLE diff_before ON COMMIT DROP AS
SELECT 'party' AS kind, party_id AS id, key, doc, hash
FROM party WHERE stream_id = (SELECT stream_id FROM stream WHERE connection = %(connection)s AND name = %(stream)s)
UNION ALL
SELECT type, record_id, key, doc, hash
FROM record WHERE stream_id = (SELECT stream_id FROM stream WHERE connection = %(connection)s AND name = %(stream)s)
