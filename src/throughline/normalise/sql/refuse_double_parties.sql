-- Refuse parties whose key another source record has already; of two, the one with the smaller id keeps it.
-- Parameters: reason; reads the temporary tables touched, new_party and new_refusal.
WITH double AS (
    DELETE FROM new_party USING party
    WHERE party.party_id = new_party.party_id AND party.source_id < new_party.source_id
        AND NOT EXISTS (SELECT FROM touched WHERE touched.source_id = party.source_id)
    RETURNING new_party.source_id
)
INSERT INTO new_refusal (source_id, rule, path, reason)
SELECT source_id, 'party', '$.key', %(reason)s FROM double
