-- The customers of which nothing is left.
-- Parameters: none.
CREATE TEMP TABLE merge_ended ON COMMIT DROP AS
SELECT customer_id, version + 1 AS version FROM merge_customer WHERE step = 4
