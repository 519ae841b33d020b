-- The fields that very many parties or records of a batch had before, and that none of the changed ones has now, with
-- how many had them. A thousand of each kind are looked at: what goes from all goes from these, too.
-- Parameters: rows (how many are very many); reads the temporary tables new_party and new_record.
WITH changed AS (
    (SELECT 'party' AS kind, party.doc AS before, new_party.doc AS after
    FROM new_party JOIN party USING (party_id) WHERE party.hash <> new_party.hash LIMIT 1000)
    UNION ALL
    (SELECT record.type, record.doc, new_record.doc
    FROM new_record JOIN record USING (record_id) WHERE record.hash <> new_record.hash LIMIT 1000)
), had AS (
    SELECT kind, field, count(*) AS records FROM changed, json_object_keys(before) AS field
    GROUP BY kind, field HAVING count(*) > %(rows)s
), has AS (
    SELECT DISTINCT kind, field FROM changed, json_object_keys(after) AS field
)
SELECT had.kind || '.' || had.field, had.records FROM had
WHERE NOT EXISTS (SELECT FROM has WHERE has.kind = had.kind AND has.field = had.field)
ORDER BY 1
