-- Version 2: why pushes are held, small marks of the ledger's own, and what is left of old deliveries.

CREATE TABLE holds (
    name TEXT PRIMARY KEY,
    reason TEXT NOT NULL,
    at INTEGER NOT NULL
);

CREATE TABLE marks (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE past (
    week TEXT NOT NULL,
    platform TEXT NOT NULL,
    state TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (week, platform, state)
);

CREATE INDEX deliveries_touched ON deliveries (state, updated_at);
