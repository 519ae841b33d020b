-- Write the parties that are new or changed, and mark them dirty.
-- Parameters: stream_id; reads the temporary table new_party.
WITH written AS (
    INSERT INTO party (party_id, stream_id, key, source_id, self, doc, hash, changed_at)
    SELECT new_party.party_id, %(stream_id)s, new_party.key, new_party.source_id, new_party.self,
        new_party.doc, new_party.hash, new_party.changed_at
    FROM new_party LEFT JOIN party USING (party_id)
    WHERE party.party_id IS NULL
        OR (party.hash, party.self) IS DISTINCT FROM (new_party.hash, new_party.self)
        OR party.changed_at IS DISTINCT FROM new_party.changed_at
        OR party.source_id IS DISTINCT FROM new_party.source_id
    ORDER BY new_party.party_id
    ON CONFLICT (party_id) DO UPDATE SET
        source_id = excluded.source_id, self = excluded.self, doc = excluded.doc,
        hash = excluded.hash, changed_at = excluded.changed_at
    RETURNING party_id
)
INSERT INTO dirty_party (party_id) SELECT party_id FROM written
