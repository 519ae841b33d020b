-- End the golden records of customers that were merged away, with a version that has no document.
-- Parameters: none.
INSERT INTO customer_version (customer_id, version)
SELECT customer_id, version FROM merge_loser ORDER BY customer_id
