-- Count which members differ in the changed records of a kind.
-- Parameters: kind.
SELECT field, count(*)
FROM (
    SELECT d.id, e.key AS field, e.value::text AS value FROM diff_change d, json_each(d.before) e
    WHERE d.kind = %(kind)s AND d.after IS NOT NULL
) b
FULL JOIN (
    SELECT d.id, e.key AS field, e.value::text AS value FROM diff_change d, json_each(d.after) e
    WHERE d.kind = %(kind)s AND d.before IS NOT NULL
) a USING (id, field)
WHERE a.value IS DISTINCT FROM b.value
GROUP BY field ORDER BY count(*) DESC, field
