-- Version 4: how often the handling of an update was begun, and those that are set aside for it.

ALTER TABLE inbox ADD COLUMN attempts INTEGER NOT NULL DEFAULT 1;
ALTER TABLE inbox ADD COLUMN aside_at INTEGER;
