-- Version 1. Times are whole microseconds since 1970-01-01 UTC.

CREATE TABLE chats (
    id INTEGER PRIMARY KEY,
    platform TEXT NOT NULL,
    tenant TEXT NOT NULL,
    chat TEXT NOT NULL,
    thread TEXT NOT NULL,
    name TEXT NOT NULL,
    UNIQUE (platform, tenant, chat, thread)
);

CREATE TABLE subscribers (
    chat_id INTEGER PRIMARY KEY REFERENCES chats (id) ON DELETE CASCADE,
    language TEXT,
    weekday INTEGER NOT NULL,
    hour INTEGER NOT NULL,
    minute INTEGER NOT NULL,
    zone TEXT NOT NULL,
    state TEXT NOT NULL,
    follows TEXT NOT NULL,
    mutes TEXT NOT NULL,
    length TEXT NOT NULL,
    silent INTEGER NOT NULL,
    policy TEXT NOT NULL,
    managers TEXT NOT NULL,
    paused_until INTEGER,
    next_at INTEGER,
    last_week TEXT NOT NULL,
    last_edition TEXT NOT NULL,
    created_at INTEGER,
    reason TEXT NOT NULL
);
CREATE INDEX subscribers_due ON subscribers (state, next_at);

CREATE TABLE deliveries (
    id INTEGER PRIMARY KEY,
    chat_id INTEGER NOT NULL REFERENCES chats (id) ON DELETE CASCADE,
    week TEXT NOT NULL,
    edition TEXT NOT NULL,
    part INTEGER NOT NULL,
    parts INTEGER NOT NULL,
    state TEXT NOT NULL,
    due INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    message_id TEXT NOT NULL,
    content TEXT NOT NULL,
    reason TEXT NOT NULL,
    updated_at INTEGER,
    UNIQUE (chat_id, week, part)
);
CREATE INDEX deliveries_due ON deliveries (state, due, chat_id, week, part);
CREATE INDEX deliveries_week ON deliveries (week);
CREATE INDEX deliveries_edition ON deliveries (edition, state);

-- Where a chat went, so that what was in flight under its old id is still settled.
CREATE TABLE moves (
    platform TEXT NOT NULL,
    tenant TEXT NOT NULL,
    old TEXT NOT NULL,
    new TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (platform, tenant, old)
);

CREATE TABLE inbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    body TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    handled_at INTEGER
);
CREATE INDEX inbox_unhandled ON inbox (seq) WHERE handled_at IS NULL;

CREATE TABLE tokens (
    token TEXT PRIMARY KEY,
    command TEXT NOT NULL UNIQUE,
    at INTEGER NOT NULL
);

CREATE TABLE drafts (
    key TEXT PRIMARY KEY,
    body TEXT NOT NULL,
    at INTEGER NOT NULL
);

CREATE TABLE secrets (
    name TEXT PRIMARY KEY,
    value BLOB NOT NULL
);

CREATE TABLE audit (
    seq INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    who TEXT NOT NULL,
    what TEXT NOT NULL,
    detail TEXT NOT NULL
);

CREATE TABLE misses (
    query TEXT PRIMARY KEY,
    count INTEGER NOT NULL,
    last_at INTEGER NOT NULL
);
