CREATE TABLE invoices (
    id TEXT PRIMARY KEY,
    merchant TEXT NOT NULL,
    -- [{"chain", "asset", "pay_to": [[account, units], …]}, …]
    offers TEXT NOT NULL,
    -- Names the invoice on the ledger, across merchants.
    memo TEXT NOT NULL UNIQUE,
    content TEXT,
    created BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    -- 'created' with `expires` in the past reads as expired; nothing needs to write that down.
    status TEXT NOT NULL,
    -- Who claimed it: set by UPDATE … WHERE status = 'created', so one transfer pays.
    payment TEXT,
    redirect_url TEXT,
    origin TEXT,
    metadata TEXT NOT NULL
);
CREATE INDEX invoices_of_merchant ON invoices (merchant, created, id);
