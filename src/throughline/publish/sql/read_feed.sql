-- The feed after a position, with the golden records before and after each customer event.
-- Parameters: after (position), limit.
SELECT e.position, e.event_id::text, e.type, e.customer_id::text, e.version, e.record_id::text,
    e.previous_id::text, e.recorded_at, e.data::text, v.doc::text, v.provenance::text, b.doc::text
FROM feed_event e
LEFT JOIN customer_version v
    ON e.type IN ('customer.created', 'customer.updated')
    AND v.customer_id = e.customer_id AND v.version = e.version
LEFT JOIN customer_version b
    ON e.type = 'customer.updated' AND b.customer_id = e.customer_id AND b.version = e.version - 1
WHERE e.position > %(after)s
ORDER BY e.position
LIMIT %(limit)s
