-- Whether an endpoint hears of live money or of test money; NULL: an invoice's own, whose networks say it.
ALTER TABLE webhook_endpoints ADD COLUMN environment TEXT;
