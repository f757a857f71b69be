-- Of a payment to several payees, how much of his own share each of them got.

-- The chain and asset it came by.
ALTER TABLE credits ADD COLUMN offer TEXT;
-- {"0.0.2001": "1/2", …}; NULL: one payee, who got `part`.
ALTER TABLE credits ADD COLUMN shares TEXT;
