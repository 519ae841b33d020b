-- Compare a stream's canonical records with what was remembered; who takes part is a member `parties` of them.
-- Parameters: connection, stream.
CREATE TEMP TABLE diff_change ON COMMIT DROP AS
WITH diff_after AS (
    SELECT 'party' AS kind, party_id AS id, key, doc, hash
    FROM party WHERE stream_id = (SELECT stream_id FROM stream WHERE connection = %(connection)s AND name = %(stream)s)
    UNION ALL
    SELECT type, record_id, key, doc, hash
    FROM record WHERE stream_id = (SELECT stream_id FROM stream WHERE connection = %(connection)s AND name = %(stream)s)
), change AS (
    SELECT kind, id, coalesce(a.key, b.key) AS key, b.doc AS before, a.doc AS after
    FROM diff_before b
    FULL JOIN diff_after a USING (kind, id)
    WHERE a.hash IS DISTINCT FROM b.hash
), side AS (
    SELECT 'before' AS side, record_id, position, role, principal, party FROM diff_before_party
    UNION ALL
    SELECT 'after', p.record_id, p.position, p.role, p.principal, coalesce(s.name || '/' || y.key, p.party_id::text)
    FROM participant p
    LEFT JOIN party y USING (party_id)
    LEFT JOIN stream s ON s.stream_id = y.stream_id
    WHERE p.record_id IN (SELECT id FROM change)
), told AS (
    SELECT record_id AS id, side, ',"parties":'
        || json_agg(json_build_object('role', role, 'principal', principal, 'party', party) ORDER BY position) || '}' AS parties
    FROM side WHERE record_id IN (SELECT id FROM change)
    GROUP BY record_id, side
)
SELECT c.kind, c.id, c.key,
    (left(c.before::text, -1) || coalesce(b.parties, '}'))::json AS before,
    (left(c.after::text, -1) || coalesce(a.parties, '}'))::json AS after
FROM change c
LEFT JOIN told b ON b.id = c.id AND b.side = 'before'
LEFT JOIN told a ON a.id = c.id AND a.side = 'after'
