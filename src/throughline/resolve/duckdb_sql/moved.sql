-- Each party's old and new customer, where party, profile or customer changed; null: came, or went.
CREATE OR REPLACE TEMP TABLE moved AS
SELECT coalesce(m.party_id, o.party_id) AS party_id, m.profile_id, o.customer_id AS old_id, g.customer_id AS new_id
FROM new_member m JOIN given g ON g.cluster = m.cluster
FULL JOIN old_member o ON o.party_id = m.party_id
WHERE o.customer_id IS DISTINCT FROM g.customer_id OR o.profile_id IS DISTINCT FROM m.profile_id
