-- Which old customer each cluster has most of: greatest overlap first, then the oldest; of two
-- that have as much of one, who has a name, then the smallest party.
SELECT m.cluster, CAST(o.customer_id AS VARCHAR)
FROM new_member m JOIN old_member o ON o.party_id = m.party_id JOIN node n ON n.profile_id = m.profile_id
WHERE o.customer_id NOT IN (SELECT customer_id FROM taken)
    AND m.cluster NOT IN (SELECT cluster FROM fixed_cluster)
GROUP BY m.cluster, o.customer_id
ORDER BY count(*) DESC, o.customer_id, bool_and(n.nameless), min(m.party_id)
