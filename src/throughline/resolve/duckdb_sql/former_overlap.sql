-- Which retired customer each cluster without an id has most of.
SELECT m.cluster, CAST(f.customer_id AS VARCHAR)
FROM new_member m JOIN former f ON f.party_id = m.party_id
WHERE m.cluster NOT IN (SELECT cluster FROM given)
GROUP BY m.cluster, f.customer_id
ORDER BY count(*) DESC, f.customer_id, min(m.party_id)
