-- Of how many source records one was made before, and of how many of those none is made now: parties, records, and
-- records that name a customer.
-- Parameters: none; reads the temporary tables touched, new_party, new_record and new_participant.
SELECT 'party' AS kind, count(*) AS known, count(*) FILTER (WHERE NOT EXISTS (
    SELECT FROM new_party WHERE new_party.source_id = made.source_id)) AS gone
FROM (SELECT DISTINCT source_id FROM party JOIN touched USING (source_id) WHERE NOT touched.kept) AS made
UNION ALL
SELECT 'record', count(*), count(*) FILTER (WHERE NOT EXISTS (
    SELECT FROM new_record WHERE new_record.source_id = made.source_id))
FROM (SELECT DISTINCT source_id FROM record JOIN touched USING (source_id) WHERE NOT touched.kept) AS made
UNION ALL
SELECT 'principal', count(*), count(*) FILTER (WHERE NOT EXISTS (
    SELECT FROM new_record JOIN new_participant USING (record_id)
    WHERE new_record.source_id = made.source_id AND new_participant.principal))
FROM (
    SELECT DISTINCT record.source_id
    FROM record JOIN touched USING (source_id) JOIN participant USING (record_id)
    WHERE participant.principal AND NOT touched.kept
) AS made
