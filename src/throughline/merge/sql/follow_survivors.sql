-- Let the records of customers that were merged away follow to the survivors, untold: the merge tells it.
-- Parameters: none.
UPDATE record_customer r SET customer_id = l.holder_id
FROM merge_loser l
CROSS JOIN LATERAL (
    SELECT party_id FROM former_member f WHERE f.customer_id = l.customer_id
    UNION
    SELECT party_id FROM member m WHERE m.customer_id = l.holder_id
) AS party
JOIN participant p ON p.party_id = party.party_id AND p.principal
WHERE r.record_id = p.record_id AND r.customer_id = l.customer_id
