-- Remember the ids of the page.
-- Parameters: none.
INSERT INTO seen SELECT source_id::UUID, deleted FROM arrival
