CREATE TABLE idempotency (
    merchant TEXT NOT NULL,
    key TEXT NOT NULL,
    -- The one request that holds the key: who finishes must be who began.
    owner TEXT NOT NULL,
    -- Of the request: the same key with another request is a mistake of the client.
    digest TEXT NOT NULL,
    -- NULL while running.
    status BIGINT,
    body BLOB,
    expires BIGINT NOT NULL,
    PRIMARY KEY (merchant, key)
);
CREATE INDEX idempotency_expires ON idempotency (expires);
