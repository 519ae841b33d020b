-- Tell of customers of which nothing is left.
-- Parameters: base (the last position before these), epoch (of the feed).
INSERT INTO feed_event (position, event_id, customer_id, version, type)
SELECT %(base)s + row_number() OVER (ORDER BY customer_id),
    md5(concat_ws(chr(31), %(epoch)s::text, customer_id, version, 'customer.deleted'))::uuid,
    customer_id, version, 'customer.deleted'
FROM merge_ended
