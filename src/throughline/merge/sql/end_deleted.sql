-- End the golden records of customers of which nothing is left, with a version that has no document.
-- Parameters: none.
INSERT INTO customer_version (customer_id, version)
SELECT customer_id, version FROM merge_ended ORDER BY customer_id
