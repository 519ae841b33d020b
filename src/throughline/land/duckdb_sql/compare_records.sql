-- Return the chosen deliveries that are new or change what is stored. Order does not matter where there are versions.
-- Parameters: versioned.
SELECT arrival.* EXCLUDE (problem), stored.source_id IS NOT NULL AS known
FROM arrival LEFT JOIN stored USING (source_id)
WHERE stored.source_id IS NULL OR CASE
    -- a deletion without a version: whatever comes after it counts
    WHEN stored.hash = '00000000000000000000000000000000' THEN NOT arrival.deleted
    -- the same, arriving: it tells no time, so it counts as it arrives
    WHEN arrival.deleted AND arrival.version IS NULL THEN NOT stored.deleted
    -- the same text, read by other options of its stream
    WHEN arrival.hash = stored.hash THEN arrival.deleted <> stored.deleted
        OR arrival.version IS DISTINCT FROM stored.version
        OR (NOT arrival.deleted AND arrival.group_key IS DISTINCT FROM stored.group_key)
    WHEN $versioned THEN (coalesce(arrival.version, ''), arrival.deleted, arrival.hash)
        > (coalesce(stored.version, ''), stored.deleted, stored.hash)
    ELSE true END
ORDER BY arrival.position
