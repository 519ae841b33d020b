-- Put the records that a rule or schema refuses into quarantine, with the first reason each.
-- Parameters: stream_id, batch_id; reads the temporary table new_refusal.
INSERT INTO quarantine (quarantine_id, stream_id, source_id, batch_id, position, rule, path, reason, subject_id)
SELECT DISTINCT ON (new_refusal.source_id, new_refusal.rule)
    md5(concat_ws(chr(31), replace(new_refusal.source_id::text, '-', ''), new_refusal.rule))::uuid, %(stream_id)s,
    new_refusal.source_id, coalesce(source_record.batch_id, %(batch_id)s), coalesce('line ' || source_record.line, 'group'),
    new_refusal.rule, new_refusal.path, new_refusal.reason, new_refusal.subject_id
FROM new_refusal LEFT JOIN source_record USING (source_id)
ORDER BY new_refusal.source_id, new_refusal.rule, new_refusal.path COLLATE "C", new_refusal.reason COLLATE "C"
ON CONFLICT (quarantine_id) DO UPDATE SET
    batch_id = excluded.batch_id, position = excluded.position, path = excluded.path,
    reason = excluded.reason, subject_id = excluded.subject_id, refused_at = now()
WHERE (quarantine.batch_id, quarantine.position, quarantine.path, quarantine.reason, quarantine.subject_id)
    IS DISTINCT FROM (excluded.batch_id, excluded.position, excluded.path, excluded.reason, excluded.subject_id)
