-- Take the participants apart, without our own people: who they are, and which is the principal.
-- Parameters: connection, stream.
CREATE OR REPLACE TEMP TABLE part AS
WITH one AS (
    SELECT id AS record_id, unnest(participants) AS p, generate_subscripts(participants, 1) AS place
    FROM accepted WHERE len(participants) > 0
), keyed AS (
    SELECT record_id, place, p, CASE WHEN p.doc IS NOT NULL THEN md5(p.doc) END AS inline_key
    FROM one WHERE NOT p.own
), named AS (
    SELECT record_id, place, p.role AS role, p.principal AS marked, p.doc AS doc, inline_key, CASE
        WHEN p.ref_key IS NOT NULL THEN md5(concat_ws(chr(31), $connection, p.ref_stream, p.ref_key))
        WHEN inline_key IS NOT NULL THEN md5(concat_ws(chr(31), $connection, $stream, inline_key))
        END AS party_id
    FROM keyed
)
SELECT record_id, row_number() OVER (PARTITION BY record_id ORDER BY place) - 1 AS position,
    role, party_id, doc, inline_key,
    marked AND row_number() OVER (PARTITION BY record_id, marked ORDER BY place) = 1 AS principal
FROM named WHERE party_id IS NOT NULL
