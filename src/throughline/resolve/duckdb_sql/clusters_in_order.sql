-- The clusters, in the order of their smallest party.
SELECT cluster FROM new_member GROUP BY cluster ORDER BY min(party_id)
