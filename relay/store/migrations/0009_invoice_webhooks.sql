-- Where the news of this one invoice go besides the merchant's endpoints; it has an endpoint of its own for them.
ALTER TABLE invoices ADD COLUMN webhook_url TEXT;
