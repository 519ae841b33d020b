-- Refuse the source records that would make one of the records which another, with a smaller id, makes. It is of an
-- earlier batch and makes it already (the loser keeps what was made of it before), or it comes now and takes it over.
-- Parameters: reason; reads the temporary tables touched, new_record, new_participant, new_party, noted, new_note and new_refusal.
WITH loser AS (
    DELETE FROM new_record USING record
    WHERE record.record_id = new_record.record_id AND record.source_id < new_record.source_id
        AND NOT EXISTS (SELECT FROM touched WHERE touched.source_id = record.source_id AND NOT touched.kept)
    RETURNING new_record.source_id, record.type AS rule, new_record.record_id
), displaced AS (
    SELECT record.source_id, record.type AS rule, record.record_id
    FROM new_record JOIN record USING (record_id)
    WHERE record.source_id > new_record.source_id
        AND NOT EXISTS (SELECT FROM touched WHERE touched.source_id = record.source_id)
), kept AS (
    UPDATE touched SET kept = true FROM loser WHERE touched.source_id = loser.source_id
), unnoted AS (
    DELETE FROM noted USING loser WHERE noted.subject_id = loser.record_id
), without_notes AS (
    DELETE FROM new_note USING loser WHERE new_note.subject_id = loser.record_id
), untold AS (
    DELETE FROM new_participant USING loser WHERE new_participant.record_id = loser.record_id
    RETURNING party_id
), unmade AS (  -- parties that would be known from the losers' participants only
    DELETE FROM new_party
    WHERE source_id IS NULL AND party_id = ANY (ARRAY(SELECT party_id FROM untold))
        AND NOT EXISTS (
            SELECT FROM new_participant AS other
            WHERE other.party_id = new_party.party_id
                AND other.record_id <> ALL (ARRAY(SELECT record_id FROM loser)))
)
INSERT INTO new_refusal (source_id, rule, path, reason, subject_id)
SELECT source_id, rule, '$.key', %(reason)s, record_id FROM (TABLE loser UNION ALL TABLE displaced) AS refused
