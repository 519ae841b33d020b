-- The streams that were ever read.
-- Parameters: none.
SELECT connection, name FROM stream ORDER BY connection COLLATE "C", name COLLATE "C"
