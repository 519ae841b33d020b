-- Parties that came or went, or whose customer changed otherwise than by a merge: their records go with them.
SELECT CAST(party_id AS VARCHAR) AS party_id FROM moved
WHERE old_id IS DISTINCT FROM new_id
    AND NOT EXISTS (SELECT 1 FROM retired r WHERE r.customer_id = old_id AND r.redirect_to = new_id)
