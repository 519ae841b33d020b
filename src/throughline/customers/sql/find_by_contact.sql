-- The customers whose golden record holds an e-mail address or telephone number.
-- Parameters: value.
SELECT p.customer_id
FROM contact_point p
JOIN customer c USING (customer_id)
JOIN customer_version v ON v.customer_id = c.customer_id AND v.version = c.version
WHERE p.key = ('x' || left(md5(%(value)s), 16))::bit(64)::bigint
AND (
    %(value)s IN (SELECT json_array_elements_text(v.doc -> 'emails'))
    OR %(value)s IN (SELECT json_array_elements_text(v.doc -> 'phones'))
)
ORDER BY p.customer_id
