-- Leave one delivery of each key in a page: the greatest version, or the last one without versions.
-- Parameters: versioned.
DELETE FROM arrival WHERE position NOT IN (
    SELECT position FROM arrival
    QUALIFY row_number() OVER (PARTITION BY source_id ORDER BY
        -- where others tell a time, a deletion that tells none is outlived by nothing in its page
        CASE WHEN $versioned THEN deleted AND version IS NULL END DESC,
        CASE WHEN $versioned THEN coalesce(version, '') END DESC,
        CASE WHEN $versioned THEN deleted END DESC,
        CASE WHEN $versioned THEN hash END DESC,
        position DESC) = 1
)
