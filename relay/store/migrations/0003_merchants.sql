CREATE TABLE merchants (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    origin TEXT
);

CREATE TABLE accounts (
    chain TEXT NOT NULL,
    account TEXT NOT NULL,
    merchant TEXT NOT NULL REFERENCES merchants (id),
    -- An account belongs to one merchant: whose payment a transfer is must have one answer.
    PRIMARY KEY (chain, account)
);
CREATE INDEX accounts_of_merchant ON accounts (merchant);

CREATE TABLE api_keys (
    -- SHA-256 in hex. A key has 256 random bits, so a plain hash cannot be searched; looking it up by equality tells
    -- an attacker nothing that leads to the key.
    hash TEXT PRIMARY KEY,
    merchant TEXT NOT NULL REFERENCES merchants (id),
    -- What people see of it: the first eight characters, enough to tell one's keys apart.
    prefix TEXT NOT NULL,
    name TEXT NOT NULL,
    created BIGINT NOT NULL,
    last_used BIGINT,
    revoked BIGINT,
    UNIQUE (merchant, prefix)
);
