-- Remember who takes part in a stream's canonical records as they are.
-- Parameters: connection, stream.
CREATE TEMP TABLE diff_before_party ON COMMIT DROP AS
SELECT p.record_id, p.position, p.role, p.principal, coalesce(s.name || '/' || y.key, p.party_id::text) AS party
FROM participant p
JOIN record r USING (record_id)
LEFT JOIN party y USING (party_id)
LEFT JOIN stream s ON s.stream_id = y.stream_id
WHERE r.stream_id = (SELECT stream_id FROM stream WHERE connection = %(connection)s AND name = %(stream)s)
