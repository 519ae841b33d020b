-- A customer of all four channels whose e-mail came before a call, an order and an invoice; the shortest story of them.
-- Parameters: none.
WITH entry AS (
    SELECT m.customer_id, r.record_id, r.occurred_at,
        CASE r.type WHEN 'interaction' THEN r.doc ->> 'kind' ELSE r.type END AS kind,
        r.doc ->> 'direction' AS direction
    FROM record r
    JOIN participant p ON p.record_id = r.record_id AND p.principal
    JOIN member m ON m.party_id = p.party_id
), story AS (
    SELECT customer_id, count(*) AS length, count(DISTINCT kind) AS kinds,
        min(occurred_at) FILTER (WHERE kind = 'message' AND direction = 'inbound') AS written,
        max(occurred_at) FILTER (WHERE kind = 'call' AND direction = 'inbound') AS called
    FROM entry GROUP BY customer_id
)
SELECT s.customer_id
FROM story s
JOIN customer c USING (customer_id)
JOIN customer_version v ON v.customer_id = c.customer_id AND v.version = c.version
WHERE s.kinds >= 4 AND v.doc ->> 'kind' = 'person'
ORDER BY coalesce(s.written < s.called, false) DESC, s.length BETWEEN 5 AND 9 DESC, s.length,
    v.doc ->> 'name' COLLATE "C"
LIMIT 1
