-- What an invoice does with money that is not exactly what was asked, and what has arrived so far.

-- {"partial", "tolerance_ppm", "over_ppm", "late_seconds"}; NULL, of invoices made before: the defaults.
ALTER TABLE invoices ADD COLUMN policy TEXT;
-- The settled part of the sum, an exact fraction such as 2/5.
ALTER TABLE invoices ADD COLUMN paid TEXT NOT NULL DEFAULT '0';
-- ["over", …]
ALTER TABLE invoices ADD COLUMN flags TEXT NOT NULL DEFAULT '[]';
ALTER TABLE invoices ADD COLUMN customer TEXT;
ALTER TABLE invoices ADD COLUMN order_id TEXT;
-- In a currency: cents and currency; NULL: the offers are the price. What was quoted when, and until when it holds.
ALTER TABLE invoices ADD COLUMN price_cents BIGINT;
ALTER TABLE invoices ADD COLUMN currency TEXT;
ALTER TABLE invoices ADD COLUMN quote TEXT;
ALTER TABLE invoices ADD COLUMN quoted_until BIGINT;
-- When its end was told; NULL: not told, and due once `expires` is past while it is open.
ALTER TABLE invoices ADD COLUMN ended BIGINT;
-- Counts changes: whoever changes an invoice first takes its row by this.
ALTER TABLE invoices ADD COLUMN version BIGINT NOT NULL DEFAULT 0;
UPDATE invoices SET paid = '1' WHERE status = 'settled';
-- Invoices made before this file end as silently as they always did.
UPDATE invoices SET ended = expires;

CREATE INDEX invoices_of_customer ON invoices (merchant, customer, created, id) WHERE customer IS NOT NULL;
CREATE INDEX invoices_of_order ON invoices (merchant, order_id, created, id) WHERE order_id IS NOT NULL;
CREATE INDEX invoices_ending ON invoices (expires) WHERE ended IS NULL;

-- The invoice an order is to be paid by now: asking for the order again finds it.
CREATE TABLE orders (
    merchant TEXT NOT NULL,
    order_id TEXT NOT NULL,
    invoice TEXT NOT NULL,
    PRIMARY KEY (merchant, order_id)
);

CREATE TABLE credits (
    -- Whatever is learnt of a payment however often, it counts once.
    payment TEXT PRIMARY KEY,
    invoice TEXT NOT NULL,
    part TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX credits_of_invoice ON credits (invoice);
INSERT INTO credits (payment, invoice, part, at)
    SELECT payment, id, '1', created FROM invoices WHERE status = 'settled' AND payment IS NOT NULL;
