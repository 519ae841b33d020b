-- Canonical records: what the mapping rules made of the source records.

CREATE TABLE party (                            -- a person or organisation as one source knows it
    party_id    uuid PRIMARY KEY,               -- md5 of connection, stream and key, split by U+001F
    stream_id   integer NOT NULL,
    key         text COLLATE "C" NOT NULL,
    source_id   uuid,                           -- its source record; null: known from participants only
    self        boolean NOT NULL,               -- the source record itself is this party (an account, a partner)
    doc         json NOT NULL,                  -- party.schema.json
    hash        uuid NOT NULL,                  -- md5 of doc
    changed_at  timestamptz                     -- the source's own time of change
);
CREATE INDEX party_by_source ON party (source_id) WHERE source_id IS NOT NULL;

CREATE TABLE record (                           -- every other canonical record: interaction, order, invoice, …
    record_id   uuid PRIMARY KEY,               -- md5 of connection, stream, type and key, split by U+001F
    type        text NOT NULL,                  -- interaction, order, invoice
    stream_id   integer NOT NULL,
    key         text COLLATE "C" NOT NULL,
    source_id   uuid NOT NULL,                  -- its source record; for a group, md5 of connection, stream, `group`, group key
    occurred_at timestamptz,
    doc         json NOT NULL,                  -- <type>.schema.json
    hash        uuid NOT NULL                   -- md5 of doc and participants
);
CREATE INDEX record_by_source ON record (source_id);

CREATE TABLE participant (                      -- which party took which role in a record; our own people are left out
    record_id   uuid NOT NULL,
    position    smallint NOT NULL,
    role        text NOT NULL,                  -- sender, recipient, caller, callee, customer
    party_id    uuid NOT NULL,                  -- may be a party that has not arrived yet
    principal   boolean NOT NULL,               -- whose timeline the record belongs to; one a record
    PRIMARY KEY (record_id, position)
);
CREATE INDEX participant_by_party ON participant (party_id);

CREATE TABLE quality_note (                     -- a bad single value that was dropped from a canonical record
    subject_id  uuid NOT NULL,                  -- party or record
    path        text NOT NULL,
    reason      text NOT NULL
);
CREATE INDEX quality_note_by_subject ON quality_note (subject_id);

-- Work for the next stages. No keys: a row may stand here twice, its consumer takes distinct ones.
CREATE TABLE dirty_party (party_id uuid NOT NULL);   -- new, changed or gone; resolve consumes
CREATE TABLE dirty_record (record_id uuid NOT NULL); -- new, changed, gone, or its principal moved; merge consumes
