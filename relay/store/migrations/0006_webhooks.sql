-- Where merchants are told their news, and what is on its way there.

-- Set once the merchant had an endpoint. The row is read and locked for every event anyway, so whoever never had one
-- pays nothing for this file.
ALTER TABLE heads ADD COLUMN webhooks BIGINT NOT NULL DEFAULT 0;

CREATE TABLE webhook_endpoints (
    id TEXT PRIMARY KEY,
    merchant TEXT NOT NULL,
    -- The one invoice whose `webhookUrl` this is; NULL: an endpoint of the merchant.
    invoice TEXT,
    url TEXT NOT NULL,
    -- ["payment.*", …]
    events TEXT NOT NULL,
    profile TEXT NOT NULL,
    description TEXT NOT NULL,
    created BIGINT NOT NULL,
    disabled BIGINT,
    reason TEXT,
    failing_since BIGINT,
    unreached BIGINT NOT NULL DEFAULT 0,
    pauses BIGINT NOT NULL DEFAULT 0,
    -- When the next delivery is due; NULL: none waits.
    due_at BIGINT,
    -- Nobody claims the endpoint before: a process works on it, or it could not be reached and is left alone.
    held_until BIGINT NOT NULL DEFAULT 0,
    holder TEXT,
    -- Counts what was put into the outbox: whoever lets go of the endpoint names the count that was read, so that
    -- what came in between is not overlooked.
    news BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX webhook_endpoints_of_merchant ON webhook_endpoints (merchant, invoice);
-- What workers ask every second; holds only endpoints with something to deliver.
CREATE INDEX webhook_endpoints_due ON webhook_endpoints (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE webhook_keys (
    -- Sortable by time: the newest signs first.
    id TEXT PRIMARY KEY,
    endpoint TEXT NOT NULL,
    -- The shared secret and the ed25519 seed, sealed.
    keys_sealed TEXT NOT NULL,
    -- Set when a newer one took over: until then both sign.
    until BIGINT
);
CREATE INDEX webhook_keys_of_endpoint ON webhook_keys (endpoint);

CREATE TABLE webhook_deliveries (
    endpoint TEXT NOT NULL,
    merchant TEXT NOT NULL,
    -- The event; its number, because deliveries of a lane go out in this order.
    seq BIGINT NOT NULL,
    lane TEXT NOT NULL,
    -- What this endpoint hears of once only, whatever events there are about it.
    once TEXT,
    state TEXT NOT NULL,
    -- Since it was last put here, and all of them: [[at, milliseconds, status, response, error], …]
    attempt BIGINT NOT NULL,
    attempts TEXT NOT NULL,
    -- NULL: over.
    due_at BIGINT,
    created BIGINT NOT NULL,
    -- One row per event and endpoint, however often the transaction is run.
    PRIMARY KEY (endpoint, seq)
);
CREATE UNIQUE INDEX webhook_deliveries_once ON webhook_deliveries (endpoint, once) WHERE once IS NOT NULL;
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (endpoint, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX webhook_deliveries_lane ON webhook_deliveries (endpoint, lane, seq) WHERE due_at IS NOT NULL;
-- What is forgotten after some weeks.
CREATE INDEX webhook_deliveries_old ON webhook_deliveries (created);
