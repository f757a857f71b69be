-- What merchants sell by x402, listed for buyers to discover: one row for a URL and method, its ways to pay beside it.
CREATE TABLE resources (
    id TEXT PRIMARY KEY,
    merchant TEXT NOT NULL,
    url TEXT NOT NULL,
    method TEXT NOT NULL,
    price TEXT NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL
);
CREATE INDEX resources_merchant ON resources (merchant, created);
CREATE INDEX resources_updated ON resources (updated);
CREATE TABLE resource_ways (
    resource TEXT NOT NULL,
    place BIGINT NOT NULL,
    scheme TEXT NOT NULL,
    network TEXT NOT NULL,
    payee TEXT NOT NULL,  -- in lower case: an address may come in any
    PRIMARY KEY (resource, place)
);
