-- Of a batch's records keep the new, changed and moved ones, with their next version and a lean document for the feed:
-- no full text, no lines, no participants. A record belongs to the customer of its principal.
-- Parameters: first, last (record ids).
CREATE TEMP TABLE merge_moved ON COMMIT DROP AS
WITH changed AS (
    SELECT r.record_id, r.type, r.stream_id, r.key, r.doc, r.hash, m.customer_id,
        CASE WHEN t.hash IS NOT NULL AND t.customer_id <> m.customer_id THEN t.customer_id END AS previous_id,
        coalesce(t.version, 0) + 1 AS version
    FROM record r
    JOIN participant p ON p.record_id = r.record_id AND p.principal
    JOIN member m ON m.party_id = p.party_id
    JOIN customer k ON k.customer_id = m.customer_id AND k.retired_at IS NULL
    JOIN customer_version v ON v.customer_id = k.customer_id AND v.version = k.version AND v.hash IS NOT NULL
    LEFT JOIN record_customer t ON t.record_id = r.record_id
    WHERE r.record_id IN (
        SELECT record_id FROM dirty_record WHERE record_id BETWEEN %(first)s AND %(last)s
    )
    AND (t.hash IS DISTINCT FROM r.hash OR t.customer_id <> m.customer_id)
)
SELECT c.record_id, c.type, c.hash, c.version, c.customer_id, c.previous_id, c.type || '.recorded' AS told,
    concat(
        '{"id":"', c.record_id, '","type":"', c.type, '"',
        ',"connection":' || to_json(s.connection), ',"stream":' || to_json(s.name), ',"key":' || to_json(c.key),
        ',"channel":' || l.channel, ',"kind":' || l.kind, ',"direction":' || l.direction,
        ',"occurred_at":' || l.occurred_at, ',"subject":' || l.subject, ',"thread":' || l.thread,
        ',"message_id":' || l.message_id, ',"duration_seconds":' || l.duration_seconds, ',"outcome":' || l.outcome,
        ',"number":' || l.number, ',"placed_at":' || l.placed_at, ',"issued_on":' || l.issued_on,
        ',"due_on":' || l.due_on, ',"status":' || l.status, ',"currency":' || l.currency,
        ',"net":' || l.net, ',"tax":' || l.tax, ',"total":' || l.total, '}'
    )::json AS data
FROM changed c
JOIN stream s USING (stream_id)
CROSS JOIN LATERAL json_to_record(c.doc) AS l (
    channel json, kind json, direction json, occurred_at json, subject json, thread json, message_id json,
    duration_seconds json, outcome json, number json, placed_at json, issued_on json, due_on json,
    status json, currency json, net json, tax json, total json
)
