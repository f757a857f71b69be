-- Payments on their way, and the news of them. Both change in one transaction, always.

CREATE TABLE payments (
    id TEXT PRIMARY KEY,
    merchant TEXT NOT NULL,
    invoice TEXT,
    content TEXT,
    chain TEXT NOT NULL,
    tx_id TEXT NOT NULL,
    scheme TEXT NOT NULL,
    raw BLOB NOT NULL,
    payer TEXT NOT NULL,
    pay_to TEXT NOT NULL,
    asset TEXT NOT NULL,
    amount TEXT NOT NULL,
    memo TEXT NOT NULL,
    valid_until BIGINT NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    status TEXT NOT NULL,
    precheck BIGINT,
    receipt BIGINT,
    reason TEXT,
    error TEXT,
    -- Whoever changes a payment names the version that was read: of two that learnt something, one looks again.
    version BIGINT NOT NULL,
    -- A lease: until then someone follows the payment; past it any worker may claim it. NULL: it is over.
    due_at BIGINT,
    looks BIGINT NOT NULL DEFAULT 0
);
-- The id is inside the payer's signature: of two racing copies of a transfer this key lets one in. A rejected one
-- moved no money and never will, so the same bytes may be tried again, as a payment of their own.
CREATE UNIQUE INDEX payments_of_transfer ON payments (chain, tx_id) WHERE status <> 'rejected';
-- What workers ask every second; holds only payments that are not over.
CREATE INDEX payments_due ON payments (due_at) WHERE due_at IS NOT NULL;
-- A merchant's list, newest first, paged by (created, id).
CREATE INDEX payments_of_merchant ON payments (merchant, created, id);
-- "Was this memo paid?", which a site's page may ask at each view.
CREATE INDEX payments_of_memo ON payments (merchant, memo);
CREATE INDEX payments_of_invoice ON payments (invoice) WHERE invoice IS NOT NULL;

-- The number of each merchant's last event. The row is locked from taking a number to commit, so numbers appear in
-- order and without a gap: a reader's cursor cannot step over an event that is not committed yet, as it could with
-- a sequence.
CREATE TABLE heads (
    merchant TEXT PRIMARY KEY,
    seq BIGINT NOT NULL
);

CREATE TABLE events (
    merchant TEXT NOT NULL,
    seq BIGINT NOT NULL,
    -- The receivers' de-duplication key.
    id TEXT NOT NULL UNIQUE,
    type TEXT NOT NULL,
    time BIGINT NOT NULL,
    payment TEXT,
    invoice TEXT,
    content TEXT,
    body BLOB NOT NULL,
    -- Replay reads ranges of this.
    PRIMARY KEY (merchant, seq)
);
CREATE INDEX events_of_payment ON events (payment, seq) WHERE payment IS NOT NULL;
-- Replay for those who hold one invoice, or watch one content.
CREATE INDEX events_of_invoice ON events (invoice, seq) WHERE invoice IS NOT NULL;
CREATE INDEX events_of_content ON events (merchant, content, seq) WHERE content IS NOT NULL;
