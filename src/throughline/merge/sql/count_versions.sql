-- Let each customer name its current version.
-- Parameters: none.
UPDATE customer c SET version = t.version FROM merge_told t WHERE t.customer_id = c.customer_id
