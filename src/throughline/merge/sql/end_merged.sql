-- End the golden records of customers that were merged away, with a version that has no document.
-- Parameters: none.
INSERT INTO customer_version (customer_id, version, merged_into)
SELECT customer_id, version, survivor_id FROM merge_loser ORDER BY customer_id
