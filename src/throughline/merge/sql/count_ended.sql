-- Let each ended customer name its last version.
-- Parameters: step (2 merged away, 4 deleted).
UPDATE customer c SET version = w.version + 1
FROM merge_customer w WHERE w.customer_id = c.customer_id AND w.step = %(step)s
