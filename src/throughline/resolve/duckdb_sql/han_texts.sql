-- The distinct name texts of the incoming parties that hold Chinese characters.
WITH d AS (
    SELECT from_json(doc, '{"name":"VARCHAR","given_name":"VARCHAR","family_name":"VARCHAR","native_name":"VARCHAR"}') AS d
    FROM incoming WHERE regexp_matches(doc, '\p{Han}')
)
SELECT DISTINCT text FROM (SELECT unnest([d.name, d.given_name, d.family_name, d.native_name]) AS text FROM d)
WHERE regexp_matches(text, '\p{Han}')
