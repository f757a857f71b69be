-- Scheme exact over HTTP: what a payment opened, and for which request.

-- The way a payment came, where that decides what it opens: 'x402'; '' for every other.
ALTER TABLE payments ADD COLUMN door TEXT NOT NULL DEFAULT '';

-- One payment opens one thing: for whoever takes this row.
CREATE TABLE claims (
    chain TEXT NOT NULL,
    tx_id TEXT NOT NULL,
    -- A digest of the request, or a random word of one that has no name.
    owner TEXT NOT NULL,
    -- When it is free again; NULL: never, what it pays for was given.
    until BIGINT,
    PRIMARY KEY (chain, tx_id)
);
CREATE INDEX claims_until ON claims (until) WHERE until IS NOT NULL;

-- What a name was given to first: a request's name means one request.
CREATE TABLE requests (
    -- Whose names these are: a merchant.
    scope TEXT NOT NULL,
    name TEXT NOT NULL,
    digest TEXT NOT NULL,
    made BIGINT NOT NULL,
    PRIMARY KEY (scope, name)
);
CREATE INDEX requests_made ON requests (made);

-- Whoever was told a transaction asks for it by its hash.
CREATE INDEX send_versions_hash ON send_versions (chain, hash);
