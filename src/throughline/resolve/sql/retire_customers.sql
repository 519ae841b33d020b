-- Retire the customers of the temporary table retiring; their ids resolve to the ones that took their parties.
-- As a list they are looked up by the index; the size of a temporary table is guessed, often too high for that.
-- Parameters: none.
UPDATE customer c SET retired_at = now(), redirect_to = r.redirect_to FROM retiring r
WHERE r.customer_id = c.customer_id AND c.customer_id = ANY (ARRAY(SELECT customer_id FROM retiring))
