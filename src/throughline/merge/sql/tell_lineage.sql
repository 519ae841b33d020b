-- Tell of merges and splits; the id comes from the lineage, for one customer may take part in several at one version.
-- Parameters: base (the last position before these), epoch (of the feed).
INSERT INTO feed_event (position, event_id, customer_id, version, type, data)
SELECT %(base)s + row_number() OVER (
        ORDER BY rank, steps DESC, lineage_id, data ->> 'survivor' = customer_id::text DESC, customer_id
    ),
    md5(concat_ws(
        chr(31), %(epoch)s::text, customer_id, coalesce(lineage_id::text, version::text), data ->> 'divided', type
    ))::uuid,
    customer_id, version, type, data
FROM merge_lineage
