-- Every party as its source knows it, with the customer it is; of several addresses the first, and the whole as a document.
-- Parameters: none.
SELECT h.*,
    d.kind, d.name, d.given_name, d.family_name, d.organisation,
    (SELECT string_agg(value, ' ') FROM json_array_elements_text(d.emails)) AS emails,
    (SELECT string_agg(value, ' ') FROM json_array_elements_text(d.phones)) AS phones,
    d.addresses -> 0 ->> 'street' AS street, d.addresses -> 0 ->> 'postal_code' AS postal_code,
    d.addresses -> 0 ->> 'city' AS city, d.addresses -> 0 ->> 'country' AS country,
    d.birth_date, d.gender, d.language,
    left(json_strip_nulls(to_json(h))::text, -1) || ',' || substr(y.doc::text, 2) AS document
FROM party y
JOIN stream s USING (stream_id)
LEFT JOIN member m ON m.party_id = y.party_id
CROSS JOIN LATERAL (
    SELECT y.party_id, s.connection, s.name AS stream,
        CASE WHEN y.source_id IS NOT NULL THEN y.key END AS source_id, m.customer_id
) AS h
CROSS JOIN LATERAL json_to_record(y.doc) AS d (
    kind text, name text, given_name text, family_name text, organisation text, emails json, phones json,
    addresses json, birth_date text, gender text, language text
)
