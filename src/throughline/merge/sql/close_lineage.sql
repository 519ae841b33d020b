-- Mark merges and splits as told.
-- Parameters: none.
UPDATE lineage SET told = true WHERE NOT told
