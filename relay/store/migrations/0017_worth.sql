-- What credited money was worth when it settled: the rate of one whole coin, noted soon after that or never.

-- NULL, of what settled before this file: a rate of today would be another day's.
ALTER TABLE credits ADD COLUMN settled BIGINT;
ALTER TABLE credits ADD COLUMN currency TEXT;
ALTER TABLE credits ADD COLUMN rate TEXT;
ALTER TABLE credits ADD COLUMN decimals BIGINT;
-- Which sources said so, and when it was true, as JSON.
ALTER TABLE credits ADD COLUMN evidence TEXT;
CREATE INDEX credits_without_rate ON credits (settled) WHERE rate IS NULL;
