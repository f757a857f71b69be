-- What a page may sell of a content: the terms its merchant signed last. Listings themselves are kept by pages only.
CREATE TABLE listings (
    merchant TEXT NOT NULL,
    environment TEXT NOT NULL,
    content TEXT NOT NULL,
    terms TEXT NOT NULL,  -- SHA-256 of them
    PRIMARY KEY (merchant, environment, content)
);
