-- Refuse the source records that would make one of the parties which another, with a smaller id, makes. It is of an
-- earlier batch and makes it already (the loser keeps what was made of it before), or it comes now and takes it over.
-- Parameters: reason; reads the temporary tables touched, new_party, noted, new_note and new_refusal.
WITH loser AS (
    DELETE FROM new_party USING party
    WHERE party.party_id = new_party.party_id AND party.source_id < new_party.source_id
        AND NOT EXISTS (SELECT FROM touched WHERE touched.source_id = party.source_id AND NOT touched.kept)
    RETURNING new_party.source_id, 'party' AS rule, new_party.party_id
), displaced AS (
    SELECT party.source_id, 'party' AS rule, party.party_id
    FROM new_party JOIN party USING (party_id)
    WHERE party.source_id > new_party.source_id
        AND NOT EXISTS (SELECT FROM touched WHERE touched.source_id = party.source_id)
), kept AS (
    UPDATE touched SET kept = true FROM loser WHERE touched.source_id = loser.source_id
), unnoted AS (
    DELETE FROM noted USING loser WHERE noted.subject_id = loser.party_id
), without_notes AS (
    DELETE FROM new_note USING loser WHERE new_note.subject_id = loser.party_id
)
INSERT INTO new_refusal (source_id, rule, path, reason, subject_id)
SELECT source_id, rule, '$.key', %(reason)s, party_id FROM (TABLE loser UNION ALL TABLE displaced) AS refused
