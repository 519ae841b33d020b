-- Write the records that are new or changed, and mark them dirty.
-- Parameters: stream_id; reads the temporary table new_record.
WITH written AS (
    INSERT INTO record (record_id, type, stream_id, key, source_id, occurred_at, doc, hash)
    SELECT record_id, type, %(stream_id)s, key, source_id, occurred_at, doc, hash
    FROM new_record
    ORDER BY record_id
    ON CONFLICT (record_id) DO UPDATE SET
        source_id = excluded.source_id, occurred_at = excluded.occurred_at,
        doc = excluded.doc, hash = excluded.hash
    RETURNING record_id
)
INSERT INTO dirty_record (record_id) SELECT record_id FROM written
