-- Leave one delivery of each key in a page: the greatest version, or the last one without versions.
-- Parameters: versioned.
DELETE FROM arrival WHERE position NOT IN (
    SELECT position FROM arrival
    QUALIFY row_number() OVER (PARTITION BY source_id ORDER BY
        (deleted AND version IS NULL) DESC,  -- it tells no time, so nothing in its page outlives it
        CASE WHEN $versioned THEN coalesce(version, '') END DESC,
        CASE WHEN $versioned THEN deleted END DESC,
        CASE WHEN $versioned THEN hash END DESC,
        position DESC) = 1
)
