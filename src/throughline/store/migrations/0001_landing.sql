-- What was read from each source, and where it lies in the landing.

CREATE TABLE stream (
    stream_id   integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    connection  text NOT NULL,
    name        text NOT NULL,
    cursor      json,
    sweep       integer NOT NULL DEFAULT 0,     -- counts complete listings
    last_success timestamptz,                   -- when a read of the stream last ended well
    UNIQUE (connection, name)
);

CREATE TABLE raw_content (                      -- what a system sent, exactly as received
    sha256      text PRIMARY KEY,
    name        text NOT NULL,
    path        text NOT NULL,                  -- below the landing URL
    bytes       bigint NOT NULL,
    landed_at   timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE batch (
    batch_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    stream_id   integer NOT NULL REFERENCES stream,
    path        text,                           -- NDJSON, zstd, below the landing URL; null: no records
    received    integer NOT NULL,               -- records that the connector gave
    landed      integer NOT NULL,               -- of these: new or changed, so in the file
    unchanged   integer NOT NULL,
    deleted     integer NOT NULL,
    refused     integer NOT NULL,
    raw         text[] NOT NULL DEFAULT '{}',
    landed_at   timestamptz NOT NULL DEFAULT now(),
    normalised_with text                        -- fingerprint of the rules that last read it; null: work
);
CREATE INDEX batch_by_stream ON batch (stream_id, batch_id);
CREATE INDEX batch_to_normalise ON batch (stream_id, batch_id) WHERE normalised_with IS NULL;

CREATE TABLE source_record (                    -- the current delivery of each source record
    source_id   uuid PRIMARY KEY,               -- md5 of connection, stream and key, split by U+001F
    stream_id   integer NOT NULL,
    key         text COLLATE "C" NOT NULL,
    batch_id    bigint NOT NULL,
    line        integer NOT NULL,               -- counted from 0 in the batch's file; -1: deleted, no body
    hash        uuid NOT NULL,                  -- md5 of the record's JSON text
    version     text COLLATE "C",
    group_key   text COLLATE "C",
    deleted_at  timestamptz
);
CREATE INDEX source_record_by_batch ON source_record (batch_id);
CREATE INDEX source_record_by_group ON source_record (stream_id, group_key) WHERE group_key IS NOT NULL;

CREATE TABLE stale_group (                      -- groups that a record left; normalise consumes
    stream_id   integer NOT NULL REFERENCES stream,
    group_key   text COLLATE "C" NOT NULL
);

CREATE TABLE quarantine (                       -- what was refused, why, and where it lies
    quarantine_id uuid PRIMARY KEY,             -- md5 of source or position, and rule
    stream_id   integer NOT NULL REFERENCES stream,
    source_id   uuid,                           -- null: it could not even be read as a record
    batch_id    bigint NOT NULL,
    position    text NOT NULL,                  -- line in the batch's file, or place in the raw content
    rule        text NOT NULL,                  -- which rule refused it; `landing` before any rule
    path        text NOT NULL,                  -- $.emails[0]
    reason      text NOT NULL,
    content     bytea,                          -- the first kilobytes of what is not a record
    refused_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX quarantine_by_stream ON quarantine (stream_id, refused_at);
CREATE INDEX quarantine_by_source ON quarantine (source_id) WHERE source_id IS NOT NULL;

CREATE TABLE run (                              -- what each run moved; the counts balance
    run_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    stage       text NOT NULL,                  -- connection, resolve, merge, publish
    subject     text NOT NULL,                  -- the connection or sink; empty for resolve and merge
    started_at  timestamptz NOT NULL,
    finished_at timestamptz,
    outcome     text,                           -- succeeded, held, failed
    counts      json NOT NULL DEFAULT '{}',
    error       text
);
CREATE INDEX run_by_subject ON run (stage, subject, run_id DESC);
