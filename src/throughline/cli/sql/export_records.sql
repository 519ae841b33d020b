-- All records of one type, each with the customer it belongs to, and the whole as a document; columns of other types are empty.
-- Parameters: type.
SELECT h.*,
    d.channel, d.kind, d.direction, d.occurred_at, d.subject, d.text, d.thread, d.outcome, d.duration_seconds,
    d.number, d.placed_at, d.issued_on, d.due_on, d.status, d.currency, d.net, d.tax, d.total, d.lines,
    left(json_strip_nulls(to_json(h))::text, -1) || ',' || substr(r.doc::text, 2) AS document
FROM record r
JOIN stream s USING (stream_id)
LEFT JOIN participant p ON p.record_id = r.record_id AND p.principal
LEFT JOIN member m ON m.party_id = p.party_id
CROSS JOIN LATERAL (
    SELECT r.record_id, s.connection, s.name AS stream, r.key AS source_id, m.customer_id
) AS h
CROSS JOIN LATERAL json_to_record(r.doc) AS d (
    channel text, kind text, direction text, occurred_at text, subject text, text text, thread text, outcome text,
    duration_seconds integer, number text, placed_at text, issued_on text, due_on text, status text, currency text,
    net text, tax text, total text, lines json
)
WHERE r.type = %(type)s
