-- Let retired ids lead where the feed tells that they do: past customers that it does not know.
-- Parameters: none.
UPDATE customer c SET redirect_to = w.survivor_id
FROM merge_customer w
WHERE w.step IN (2, 4, 5) AND w.version > 0 AND c.customer_id = w.customer_id
    AND c.redirect_to IS DISTINCT FROM w.survivor_id
