-- What the store holds in all; records without a customer are those that none was found for when they were last merged.
-- Parameters: none.
SELECT (SELECT count(*) FROM customer WHERE retired_at IS NULL AND redirect_to IS NULL AND version > 0),
    (SELECT count(*) FROM party), (SELECT position FROM feed_head), r.records, greatest(r.records - c.told, 0)
FROM (SELECT count(*) AS records FROM record) r, (SELECT count(hash) AS told FROM record_customer) c
