-- Tell of records.
-- Parameters: base (the last position before these).
INSERT INTO feed_event (position, event_id, customer_id, record_id, previous_id, version, type, data)
SELECT %(base)s + row_number() OVER (), event_id, customer_id, record_id, previous_id, version, told, data
FROM merge_moved
