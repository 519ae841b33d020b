-- The feed's epoch and last position.
-- Parameters: none.
SELECT epoch, position FROM feed_head
