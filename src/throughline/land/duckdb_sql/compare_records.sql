-- Return the chosen deliveries that are new or change what is stored. Order does not matter where there are versions.
-- Parameters: versioned.
SELECT chosen.*, stored.source_id IS NOT NULL AS known
FROM chosen LEFT JOIN stored USING (source_id)
WHERE stored.source_id IS NULL OR CASE
    -- a deletion without a version: whatever comes after it counts
    WHEN stored.hash = '00000000000000000000000000000000' THEN NOT chosen.deleted
    -- the same, arriving: it tells no time, so it counts as it arrives
    WHEN chosen.deleted AND chosen.version IS NULL THEN NOT stored.deleted
    WHEN $versioned THEN (coalesce(chosen.version, ''), chosen.deleted, chosen.hash)
        > (coalesce(stored.version, ''), stored.deleted, stored.hash)
    ELSE chosen.hash <> stored.hash OR chosen.deleted <> stored.deleted END
ORDER BY chosen.position
