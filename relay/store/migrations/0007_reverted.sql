-- Payments the chain took back, for the list that revokes their access tokens. There are hardly ever any.
CREATE INDEX payments_reverted ON payments (updated) WHERE status = 'reverted';
