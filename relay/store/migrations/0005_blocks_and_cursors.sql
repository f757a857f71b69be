-- Where the ledger has a payment, on chains that can be reorganised: what a replaced block held is looked at again.
ALTER TABLE payments ADD COLUMN block BIGINT;
CREATE INDEX payments_of_block ON payments (chain, block) WHERE block IS NOT NULL;

-- How far each chain was searched for payments that were not made through us.
CREATE TABLE cursors (
    chain TEXT PRIMARY KEY,
    -- Opaque outside the chain's module. NULL: nothing was searched so far.
    cursor TEXT,
    -- A lease: one process searches a chain at a time.
    owner TEXT NOT NULL,
    until BIGINT NOT NULL
);
