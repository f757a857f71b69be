-- NULL: the key is from before keys had an environment, and is live or test as its relay is.
ALTER TABLE api_keys ADD COLUMN environment TEXT;
-- Separated by spaces. NULL: made before there were scopes, or by the operator without naming any; it may everything.
ALTER TABLE api_keys ADD COLUMN scopes TEXT;
-- Separated by spaces; of publishable keys.
ALTER TABLE api_keys ADD COLUMN origins TEXT;
ALTER TABLE api_keys ADD COLUMN expires BIGINT;

-- The one row every append locks, so that the chain does not fork.
CREATE TABLE audit_head (
    seq BIGINT NOT NULL,
    hash TEXT NOT NULL
);
INSERT INTO audit_head (seq, hash) VALUES (0, '0000000000000000000000000000000000000000000000000000000000000000');

CREATE TABLE audit (
    seq BIGINT PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    time BIGINT NOT NULL,
    actor TEXT NOT NULL,
    merchant TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL,
    hash TEXT NOT NULL
);
CREATE INDEX audit_of_merchant ON audit (merchant, seq);
