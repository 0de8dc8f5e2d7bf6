-- Version 5: quiet hours ("22:00-08:00"), the layout of messages, and who looks after which chats.

ALTER TABLE subscribers ADD COLUMN quiet TEXT NOT NULL DEFAULT '';
ALTER TABLE subscribers ADD COLUMN layout TEXT NOT NULL DEFAULT 'classic';

CREATE TABLE keepers (
    chat_id INTEGER NOT NULL REFERENCES chats (id) ON DELETE CASCADE,
    user TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (chat_id, user)
);
CREATE INDEX keepers_user ON keepers (user);
