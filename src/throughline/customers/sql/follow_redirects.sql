-- The customer that an id leads to, and when it was retired if nothing is left of it.
-- Parameters: customer_id.
WITH RECURSIVE route AS (
    SELECT customer_id, redirect_to, retired_at FROM customer WHERE customer_id = %(customer_id)s
    UNION
    SELECT c.customer_id, c.redirect_to, c.retired_at
    FROM route r JOIN customer c ON c.customer_id = r.redirect_to
)
SELECT customer_id, retired_at FROM route WHERE redirect_to IS NULL
