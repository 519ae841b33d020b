-- Let the records in the work follow too: their party may have left the loser before it was merged away.
-- Parameters: none.
UPDATE record_customer r SET customer_id = l.holder_id
FROM merge_loser l
WHERE r.customer_id = l.customer_id AND r.record_id IN (SELECT record_id FROM dirty_record)
