-- The rows of the store's table link.
SELECT CAST(left_id AS VARCHAR) AS left_id, CAST(right_id AS VARCHAR) AS right_id, decision, rule, score, reasons
FROM link ORDER BY link.left_id, link.right_id
