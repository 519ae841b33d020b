-- Where the feed told that a retired customer leads: one that lived again since may lead to another now.
ALTER TABLE customer_version ADD COLUMN merged_into uuid; -- of a version without doc; null: deleted
UPDATE customer_version v SET merged_into = (e.data ->> 'survivor')::uuid
FROM feed_event e
WHERE e.type = 'customer.merged' AND e.customer_id = v.customer_id AND e.version = v.version AND v.hash IS NULL;
