-- Nodes of the graph, numbered from 0 in the order of their profile ids, so that ties don't depend on arrival.
CREATE OR REPLACE TEMP TABLE node AS
SELECT CAST(row_number() OVER (ORDER BY profile_id) - 1 AS INTEGER) AS node, profile_id, n, nameless, guards, CAST(NULL AS INTEGER) AS fixed
FROM feature
