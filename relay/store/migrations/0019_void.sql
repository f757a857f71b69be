-- Whose payment a transfer is, by a key that costs less: the old one was written anew with each status of a payment,
-- and each payment went to another page of it.

-- '' while the payment stands for its transfer; its own id once it was rejected, so that the same bytes may be tried
-- again, as a payment of their own.
ALTER TABLE payments ADD COLUMN void TEXT NOT NULL DEFAULT '';
UPDATE payments SET void = id WHERE status = 'rejected';
-- Of a Hedera id, `payer@seconds.nanos`, the time comes first: new payments lie beside each other, on pages in memory.
CREATE UNIQUE INDEX payments_of_standing_transfer
    ON payments (chain, substr(tx_id, length(rtrim(tx_id, '0123456789.')) + 1), tx_id, void);
DROP INDEX payments_of_transfer;
