-- Old customers that no cluster kept, with the customer that has most of them; null: nothing of them is left.
CREATE OR REPLACE TEMP TABLE retired AS
WITH overlap AS (
    SELECT o.customer_id, g.customer_id AS new_id, count(*) AS parties
    FROM old_member o LEFT JOIN new_member m ON m.party_id = o.party_id LEFT JOIN given g ON g.cluster = m.cluster
    WHERE o.customer_id NOT IN (SELECT customer_id FROM given) AND o.customer_id NOT IN (SELECT customer_id FROM taken)
    GROUP BY o.customer_id, g.customer_id
)
SELECT customer_id, arg_min(new_id, (CASE WHEN new_id IS NULL THEN 1 ELSE 0 END, -parties, new_id)) AS redirect_to
FROM overlap GROUP BY customer_id
