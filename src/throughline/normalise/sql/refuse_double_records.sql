-- Refuse records whose key another source record has already; of two, the one with the smaller id keeps it.
-- Parameters: reason; reads the temporary tables touched, new_record and new_refusal.
WITH double AS (
    DELETE FROM new_record USING record
    WHERE record.record_id = new_record.record_id AND record.source_id < new_record.source_id
        AND NOT EXISTS (SELECT FROM touched WHERE touched.source_id = record.source_id)
    RETURNING new_record.source_id
)
INSERT INTO new_refusal (source_id, rule, path, reason)
SELECT source_id, 'record', '$.key', %(reason)s FROM double
