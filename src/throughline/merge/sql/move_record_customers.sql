-- Keep under whose customer each record that was told before is told now.
-- Parameters: none.
UPDATE record_customer r
SET customer_id = m.customer_id, hash = m.hash, version = m.version, type = m.type
FROM merge_moved m WHERE m.version > 1 AND r.record_id = m.record_id
