-- Retire the customers of the temporary table retiring; their ids resolve to the ones that took their parties.
-- Parameters: none.
UPDATE customer c SET retired_at = now(), redirect_to = r.redirect_to FROM retiring r WHERE r.customer_id = c.customer_id
