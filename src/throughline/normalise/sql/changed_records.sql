-- Keep of the new records those that are new or changed.
-- Parameters: none; reads and shrinks the temporary table new_record.
DELETE FROM new_record USING record
WHERE record.record_id = new_record.record_id AND record.hash = new_record.hash
    AND record.source_id = new_record.source_id
    AND record.occurred_at IS NOT DISTINCT FROM new_record.occurred_at
