-- Tell of records.
-- Parameters: base (the last position before these), epoch (of the feed).
INSERT INTO feed_event (position, event_id, customer_id, record_id, previous_id, version, type, data)
SELECT %(base)s + row_number() OVER (), md5(concat_ws(chr(31), %(epoch)s::text, record_id, version, told))::uuid,
    customer_id, record_id, previous_id, version, told, data
FROM merge_moved
