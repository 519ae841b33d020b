-- Ids that resolved to a retired one resolve to its survivor.
-- Parameters: none; reads the temporary table retiring.
UPDATE customer c SET redirect_to = r.redirect_to FROM retiring r WHERE c.redirect_to = r.customer_id
