-- Keep under whose customer each new record is told.
-- Parameters: none.
INSERT INTO record_customer (record_id, customer_id, hash, version, type)
SELECT record_id, customer_id, hash, version, type FROM merge_moved WHERE version = 1 ORDER BY record_id
