-- The parties of clusters that have no id yet and that were members before or not.
SELECT DISTINCT CAST(party_id AS VARCHAR) AS party_id FROM new_member WHERE cluster NOT IN (SELECT cluster FROM given)
