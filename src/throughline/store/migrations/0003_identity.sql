-- Which parties are one customer, and why.

CREATE TABLE identity_state (                   -- one row: what the stored links were made with
    one         boolean PRIMARY KEY DEFAULT true CHECK (one),
    rules       text NOT NULL,                  -- fingerprint of the identity rules; another one: resolve all anew
    resolved_at timestamptz NOT NULL DEFAULT now()
);

-- Parties with the same evidence (the same name, e-mail addresses, phones, …) are one profile, so that a guest who
-- ordered two hundred times is compared once. An account or a partner has a profile of its own.
CREATE TABLE profile (
    profile_id  uuid PRIMARY KEY,               -- md5 of the evidence
    keys        bigint[] NOT NULL,              -- its blocking keys, so that they can be taken out again
    name        integer NOT NULL,               -- hash of the name; 0: nameless
    guards      text[] NOT NULL                 -- what must not differ within a customer: `vat=DE…`, `source=…`
);

CREATE TABLE blocking_key (                     -- profiles that share a key are candidates
    key         bigint NOT NULL,                -- hash of kind and value; the last four bits are the kind
    name        integer NOT NULL,               -- of the profile: a key of too many names is common
    profile_id  uuid NOT NULL
);
CREATE INDEX blocking_key_by_key ON blocking_key (key, name, profile_id);

CREATE TABLE link (                             -- every scored pair above the review threshold, refused ones too
    left_id     uuid NOT NULL,                  -- profiles, the smaller id first
    right_id    uuid NOT NULL,
    decision    text NOT NULL,                  -- match, attach (a nameless profile's holder), possible, refused
    rule        text NOT NULL,                  -- what decided
    score       real NOT NULL,
    reasons     json NOT NULL,                  -- the evidence, by field
    PRIMARY KEY (left_id, right_id)
);
CREATE INDEX link_by_right ON link (right_id);

CREATE TABLE customer (
    customer_id uuid PRIMARY KEY,               -- UUIDv7, never reused
    created_at  timestamptz NOT NULL DEFAULT now(),
    version     integer NOT NULL DEFAULT 0,     -- of the golden record; 0: not merged yet
    redirect_to uuid,                           -- retired: this id resolves to that one
    retired_at  timestamptz                     -- retired without redirect: nothing of it is left
);
CREATE INDEX customer_redirect ON customer (redirect_to) WHERE redirect_to IS NOT NULL;

CREATE TABLE member (                           -- whose customer each party is
    party_id    uuid PRIMARY KEY,
    profile_id  uuid NOT NULL,
    customer_id uuid NOT NULL
);
CREATE INDEX member_by_profile ON member (profile_id);
CREATE INDEX member_by_customer ON member (customer_id);

CREATE TABLE former_member (                    -- the parties of a retired customer when it retired
    party_id    uuid NOT NULL,
    customer_id uuid NOT NULL,
    PRIMARY KEY (party_id, customer_id)
);
CREATE INDEX former_member_by_customer ON former_member (customer_id);

CREATE TABLE lineage (                          -- merges and splits, told to the feed by merge
    lineage_id  uuid PRIMARY KEY,               -- shared by the events that tell it
    kind        text NOT NULL,                  -- merged, split, revived
    customer_id uuid NOT NULL,                  -- merged: the survivor; split: the customer that was divided; revived: itself
    others      uuid[] NOT NULL,                -- merged: the losers; split: the customers that came out of it; revived: out of which
    happened_at timestamptz NOT NULL DEFAULT now(),
    told        boolean NOT NULL DEFAULT false
);
CREATE INDEX lineage_untold ON lineage (lineage_id) WHERE NOT told;

CREATE TABLE dirty_customer (customer_id uuid NOT NULL); -- members came, went or changed; merge consumes
