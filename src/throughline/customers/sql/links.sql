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
), ends AS (
    SELECT DISTINCT ON (m.profile_id) m.profile_id, s.connection, s.name, p.doc, m.customer_id,
        CASE WHEN p.source_id IS NOT NULL THEN p.key END AS key,
        count(*) OVER (PARTITION BY m.profile_id) - 1 AS equal
    FROM member m JOIN party p USING (party_id) JOIN stream s USING (stream_id)
    WHERE m.profile_id IN (SELECT one_id FROM found UNION SELECT other_id FROM found)
    ORDER BY m.profile_id, s.connection COLLATE "C", s.name COLLATE "C", p.key COLLATE "C"
)
SELECT decision, rule, score, reasons,
    one.connection, one.name, one.key, one.equal, one.customer_id, one.doc,
    other.connection, other.name, other.key, other.equal, other.customer_id, other.doc
FROM found
JOIN ends AS one ON one.profile_id = one_id
JOIN ends AS other ON other.profile_id = other_id
ORDER BY other.customer_id <> %(customer_id)s, score DESC, one_id, other_id
