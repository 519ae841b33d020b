-- The golden records with their versions, and the feed that tells of them.

CREATE TABLE customer_version (                 -- each golden record that was ever published
    customer_id uuid NOT NULL,
    version     integer NOT NULL,               -- counts from 1; customer.version names the current one
    doc         json,                           -- golden record: customer.schema.json; null: merged into another, or deleted
    provenance  json,                           -- fingerprint of the rules, the sources, and which of them gave each field
    hash        uuid,                           -- md5 of doc; null when doc is
    PRIMARY KEY (customer_id, version)
);

ALTER TABLE customer SET (fillfactor = 45);      -- merge sets the version of each new one: room for it on the page

CREATE TABLE survivorship (                     -- rules that golden records were made by; the newest is in force
    fingerprint text PRIMARY KEY,
    rules       json NOT NULL,                  -- per field: how its value was chosen
    used_at     timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE contact_point (                    -- which golden records hold an e-mail address or telephone number
    key         bigint NOT NULL,                -- the first 64 bits of the value's md5
    customer_id uuid NOT NULL,
    PRIMARY KEY (key, customer_id)
);

CREATE TABLE record_customer (                  -- under whose customer each record was last published
    record_id   uuid PRIMARY KEY,
    customer_id uuid NOT NULL,
    hash        uuid,                           -- record.hash as it was told; null: told as deleted
    version     integer NOT NULL,
    type        text NOT NULL
);

CREATE TABLE feed_head (                        -- one row; its lock gives positions in the order of commits
    one         boolean PRIMARY KEY DEFAULT true CHECK (one),
    epoch       text NOT NULL,                  -- new for each made or restored store
    position    bigint NOT NULL
);
INSERT INTO feed_head (epoch, position) VALUES (substr(md5(gen_random_uuid()::text), 1, 8), 0);

CREATE TABLE feed_event (
    position    bigint PRIMARY KEY,             -- gap-free
    recorded_at timestamptz NOT NULL DEFAULT now(),
    event_id    uuid NOT NULL,                  -- derived from subject, version and type: the same event has the same id
    customer_id uuid NOT NULL,                  -- the key: order holds per customer
    record_id   uuid,                           -- null for customer events
    previous_id uuid,                           -- the customer that the record was told under before, if another
    version     integer NOT NULL,               -- of the customer or the record; counts from 1
    type        text NOT NULL,                  -- customer.created, interaction.recorded, …
    data        json                            -- null for customer.created and .updated: read from customer_version
);

CREATE TABLE sink_position (                    -- how far each sink was sent and confirmed
    sink        text PRIMARY KEY,
    epoch       text NOT NULL,
    position    bigint NOT NULL,
    confirmed_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE api_key (                          -- hashes of random keys; a key itself is shown once and not kept
    name        text PRIMARY KEY,
    hash        bytea NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now()
);
