-- What the store holds in all.
-- Parameters: none.
SELECT (SELECT count(*) FROM customer WHERE retired_at IS NULL AND redirect_to IS NULL AND version > 0),
    (SELECT count(*) FROM party), (SELECT position FROM feed_head)
