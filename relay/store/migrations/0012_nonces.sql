-- Challenges that were signed and used: of two that present one, the key lets one in.
CREATE TABLE nonces (
    nonce TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    expires BIGINT NOT NULL
);
CREATE INDEX nonces_expires ON nonces (expires);
