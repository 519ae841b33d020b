-- Compare a stream's canonical records with what was remembered.
-- Parameters: connection, stream.
CREATE TEMP TABLE diff_change ON COMMIT DROP AS
WITH diff_after AS (
    SELECT 'party' AS kind, party_id AS id, key, doc, hash
    FROM party WHERE stream_id = (SELECT stream_id FROM stream WHERE connection = %(connection)s AND name = %(stream)s)
    UNION ALL
    SELECT type, record_id, key, doc, hash
    FROM record WHERE stream_id = (SELECT stream_id FROM stream WHERE connection = %(connection)s AND name = %(stream)s)
)
SELECT kind, id, coalesce(a.key, b.key) AS key, b.doc AS before, a.doc AS after
FROM diff_before b
FULL JOIN diff_after a USING (kind, id)
WHERE a.hash IS DISTINCT FROM b.hash
