-- Of how many source records one was made before, and of how many of those none is made now: parties, records, and
-- records that name a customer.
-- Parameters: none; reads the temporary tables touched, new_party, new_record and new_participant.
WITH made AS (
    SELECT 'party' AS kind, source_id FROM party JOIN touched USING (source_id) WHERE NOT touched.kept
    UNION
    SELECT 'record', source_id FROM record JOIN touched USING (source_id) WHERE NOT touched.kept
    UNION
    SELECT 'principal', record.source_id
    FROM record JOIN touched USING (source_id) JOIN participant USING (record_id)
    WHERE participant.principal AND NOT touched.kept
), makes AS (
    SELECT 'party' AS kind, source_id FROM new_party
    UNION
    SELECT 'record', source_id FROM new_record
    UNION
    SELECT 'principal', new_record.source_id
    FROM new_record JOIN new_participant USING (record_id) WHERE new_participant.principal
)
SELECT kind, count(*) AS known, count(*) FILTER (WHERE makes.source_id IS NULL) AS gone
FROM made LEFT JOIN makes USING (kind, source_id) GROUP BY kind
