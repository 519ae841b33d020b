-- Take out the addresses and numbers that updated customers no longer have.
-- Parameters: none.
DELETE FROM contact_point p USING (
    SELECT t.number, t.customer_id, ('x' || left(md5(old.value), 16))::bit(64)::bigint AS key
    FROM merge_told t
    JOIN customer_version v ON v.customer_id = t.customer_id AND v.version = t.version - 1
    CROSS JOIN LATERAL (
        SELECT json_array_elements_text(v.doc -> 'emails') AS value
        UNION ALL
        SELECT json_array_elements_text(v.doc -> 'phones')
    ) AS old
) AS had
WHERE p.key = had.key AND p.customer_id = had.customer_id
AND NOT EXISTS (
    SELECT FROM merge_contact n WHERE n.key = had.key AND n.customer = had.number
)
