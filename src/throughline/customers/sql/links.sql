-- The links of a customer's profiles: between two of its own once, then those to others. Of each end the first party
-- with that evidence (without a key if it is known from participants only), how many more have the same, and whose it is.
-- Parameters: customer_id.
WITH mine AS MATERIALIZED (
    SELECT DISTINCT profile_id FROM member WHERE customer_id = %(customer_id)s
), found AS (
    SELECT decision, rule, score, reasons, left_id AS one_id, right_id AS other_id FROM link
    WHERE left_id IN (SELECT profile_id FROM mine)
    UNION ALL
    SELECT decision, rule, score, reasons, right_id, left_id FROM link
    WHERE right_id IN (SELECT profile_id FROM mine) AND left_id NOT IN (SELECT profile_id FROM mine)
)
SELECT decision, rule, score, reasons, one.*, other.*
FROM found
CROSS JOIN LATERAL (
    SELECT s.connection, s.name, CASE WHEN p.source_id IS NOT NULL THEN p.key END AS key, count(*) OVER () - 1 AS equal, m.customer_id, p.doc
    FROM member m JOIN party p USING (party_id) JOIN stream s USING (stream_id)
    WHERE m.profile_id = found.one_id
    ORDER BY s.connection COLLATE "C", s.name COLLATE "C", p.key COLLATE "C" LIMIT 1
) AS one
CROSS JOIN LATERAL (
    SELECT s.connection, s.name, CASE WHEN p.source_id IS NOT NULL THEN p.key END AS key, count(*) OVER () - 1 AS equal, m.customer_id, p.doc
    FROM member m JOIN party p USING (party_id) JOIN stream s USING (stream_id)
    WHERE m.profile_id = found.other_id
    ORDER BY s.connection COLLATE "C", s.name COLLATE "C", p.key COLLATE "C" LIMIT 1
) AS other
ORDER BY other.customer_id <> %(customer_id)s, score DESC, one_id, other_id
