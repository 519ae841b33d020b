-- Which old customer each cluster has most of: greatest overlap first, then the oldest, then the smallest party.
SELECT m.cluster, CAST(o.customer_id AS VARCHAR)
FROM new_member m JOIN old_member o ON o.party_id = m.party_id
WHERE o.customer_id NOT IN (SELECT customer_id FROM taken)
    AND m.cluster NOT IN (SELECT cluster FROM fixed_cluster)
GROUP BY m.cluster, o.customer_id
ORDER BY count(*) DESC, o.customer_id, min(m.party_id)
