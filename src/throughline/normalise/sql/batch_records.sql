-- Return the source records whose current delivery is in a batch, each column as one JSON list.
-- Parameters: batch_id.
SELECT json_agg(replace(source_id::text, '-', ''))::text, json_agg(key)::text, json_agg(version)::text,
    json_agg(line)::text, json_agg(group_key)::text
FROM source_record
WHERE batch_id = %(batch_id)s
