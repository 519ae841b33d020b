-- The golden records of all living customers; of several addresses the first, and the whole as a document.
-- Parameters: none.
SELECT h.*,
    d.kind, d.name, d.given_name, d.family_name, d.organisation,
    (SELECT string_agg(value, ' ') FROM json_array_elements_text(d.emails)) AS emails,
    (SELECT string_agg(value, ' ') FROM json_array_elements_text(d.phones)) AS phones,
    d.addresses -> 0 ->> 'street' AS street, d.addresses -> 0 ->> 'postal_code' AS postal_code,
    d.addresses -> 0 ->> 'city' AS city, d.addresses -> 0 ->> 'country' AS country,
    d.birth_date, d.gender, d.language,
    left(json_strip_nulls(to_json(h))::text, -1) || ',' || substr(v.doc::text, 2) AS document
FROM customer c
JOIN customer_version v ON v.customer_id = c.customer_id AND v.version = c.version
CROSS JOIN LATERAL (SELECT v.customer_id, v.version) AS h
CROSS JOIN LATERAL json_to_record(v.doc) AS d (
    kind text, name text, given_name text, family_name text, organisation text, emails json, phones json,
    addresses json, birth_date text, gender text, language text
)
WHERE c.retired_at IS NULL AND c.redirect_to IS NULL AND v.doc IS NOT NULL
