-- Find the accepted records whose key another source record has, of which the smallest id keeps it.
-- Parameters: none.
CREATE OR REPLACE TEMP TABLE double AS
SELECT row, source_id, id FROM accepted
QUALIFY row_number() OVER (PARTITION BY id ORDER BY source_id) > 1 OR id IN (SELECT record_id FROM records)
