-- Transactions made with keys of our own, that carry what a payer authorized.

-- The next free place of each key. The row is locked from taking a place to commit, so places are taken without a gap.
CREATE TABLE signers (
    chain TEXT NOT NULL,
    signer TEXT NOT NULL,
    next BIGINT NOT NULL,
    PRIMARY KEY (chain, signer)
);

CREATE TABLE sends (
    chain TEXT NOT NULL,
    signer TEXT NOT NULL,
    nonce BIGINT NOT NULL,
    transfer TEXT NOT NULL,
    merchant TEXT NOT NULL,
    payer TEXT NOT NULL,
    -- The most it may cost, in 10^-9 of the coin (gwei), rounded up: sums of it fit 2^63.
    gwei BIGINT NOT NULL,
    made BIGINT NOT NULL,
    -- How many versions there are: who writes another names the count that was read.
    versions BIGINT NOT NULL,
    cancelled BIGINT NOT NULL,
    PRIMARY KEY (chain, signer, nonce),
    -- However often it is asked for, a transfer is carried once.
    UNIQUE (chain, transfer)
);
-- Budgets add up what was spent lately.
CREATE INDEX sends_of_merchant ON sends (chain, merchant, made);
CREATE INDEX sends_of_payer ON sends (chain, payer, made);

CREATE TABLE send_versions (
    chain TEXT NOT NULL,
    signer TEXT NOT NULL,
    nonce BIGINT NOT NULL,
    version BIGINT NOT NULL,
    raw BLOB NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (chain, signer, nonce, version)
);
