-- Those of the asked ids that no page held, or only as deleted.
-- Parameters: none.
SELECT source_id FROM asked
ANTI JOIN (SELECT source_id FROM seen WHERE NOT deleted) AS held ON asked.source_id::UUID = held.source_id
