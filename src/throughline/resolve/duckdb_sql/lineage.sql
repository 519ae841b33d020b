-- What became of customers: merged into a survivor; divided into new ones; revived out of others.
SELECT 'merged' AS kind, CAST(redirect_to AS VARCHAR) AS customer_id,
    '{' || string_agg(CAST(customer_id AS VARCHAR), ',' ORDER BY customer_id) || '}' AS others
FROM retired WHERE redirect_to IS NOT NULL GROUP BY redirect_to
UNION ALL
SELECT 'split', CAST(old_id AS VARCHAR), '{' || string_agg(DISTINCT CAST(new_id AS VARCHAR), ',') || '}'
FROM moved JOIN given ON given.customer_id = new_id AND origin = 'new'
WHERE old_id IS NOT NULL AND old_id <> new_id
    AND NOT EXISTS (SELECT 1 FROM retired r WHERE r.customer_id = old_id AND r.redirect_to = new_id)
GROUP BY old_id
UNION ALL
SELECT 'revived', CAST(new_id AS VARCHAR), '{' || coalesce(string_agg(DISTINCT CAST(old_id AS VARCHAR), ','), '') || '}'
FROM moved JOIN given ON given.customer_id = new_id AND origin = 'revived'
GROUP BY new_id
