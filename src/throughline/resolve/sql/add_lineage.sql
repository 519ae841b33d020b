-- Remember the merges and splits of this run, for merge to tell.
-- Parameters: none; reads the temporary table told_lineage.
INSERT INTO lineage (lineage_id, kind, customer_id, others)
SELECT gen_random_uuid(), kind, customer_id, others FROM told_lineage
