-- Take out of quarantine the records that the rules accept now, or that are gone; what landing refused is no record.
-- Parameters: none; reads the temporary tables touched and new_refusal.
DELETE FROM quarantine USING touched
WHERE quarantine.source_id = touched.source_id
    AND NOT EXISTS (
        SELECT FROM new_refusal
        WHERE new_refusal.source_id = quarantine.source_id AND new_refusal.rule = quarantine.rule)
