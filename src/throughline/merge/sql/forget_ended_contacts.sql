-- Take out the addresses and numbers of ended customers.
-- Parameters: step (2 merged away, 4 deleted).
DELETE FROM contact_point p USING (
    SELECT w.customer_id, ('x' || left(md5(old.value), 16))::bit(64)::bigint AS key
    FROM merge_customer w
    JOIN customer_version v USING (customer_id, version)
    CROSS JOIN LATERAL (
        SELECT json_array_elements_text(v.doc -> 'emails') AS value
        UNION ALL
        SELECT json_array_elements_text(v.doc -> 'phones')
    ) AS old
    WHERE w.step = %(step)s
) AS had
WHERE p.key = had.key AND p.customer_id = had.customer_id
