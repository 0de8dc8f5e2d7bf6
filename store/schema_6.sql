-- Version 6: corrections of editions, the edits of posted messages that follow, editions to be published
-- at a time, and what was asked for.

CREATE TABLE corrections (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    edition TEXT NOT NULL,
    what TEXT NOT NULL,
    before TEXT NOT NULL,
    at INTEGER NOT NULL,
    open INTEGER NOT NULL DEFAULT 1
);
CREATE INDEX corrections_edition ON corrections (edition, id);
CREATE INDEX corrections_open ON corrections (edition) WHERE open;

-- What a digest was composed for, by its part 0: the settings, and the last correction it knew and was
-- brought to.
CREATE TABLE frozen (
    delivery_id INTEGER PRIMARY KEY REFERENCES deliveries (id) ON DELETE CASCADE,
    since INTEGER NOT NULL,
    planned INTEGER NOT NULL,
    language TEXT,
    follows TEXT NOT NULL,
    mutes TEXT NOT NULL,
    length TEXT NOT NULL,
    layout TEXT NOT NULL
);

CREATE TABLE edits (
    delivery_id INTEGER PRIMARY KEY REFERENCES deliveries (id) ON DELETE CASCADE,
    correction INTEGER NOT NULL,
    content TEXT NOT NULL,
    state TEXT NOT NULL,
    due INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    reason TEXT NOT NULL,
    updated_at INTEGER NOT NULL
);
CREATE INDEX edits_due ON edits (state, due);

CREATE TRIGGER deliveries_frozen AFTER INSERT ON deliveries WHEN new.part = 0 AND new.parts > 0
BEGIN
    INSERT INTO frozen (delivery_id, since, planned, language, follows, mutes, length, layout)
    SELECT new.id, c.last, c.last, s.language, coalesce(s.follows, '[]'), coalesce(s.mutes, '[]'),
        coalesce(s.length, 'short'), coalesce(s.layout, 'classic')
    FROM (SELECT coalesce(max(id), 0) AS last FROM corrections WHERE edition = new.edition) c
    LEFT JOIN subscribers s ON s.chat_id = new.chat_id;
END;

INSERT INTO frozen (delivery_id, since, planned, language, follows, mutes, length, layout)
SELECT d.id, 0, 0, s.language, coalesce(s.follows, '[]'), coalesce(s.mutes, '[]'),
    coalesce(s.length, 'short'), coalesce(s.layout, 'classic')
FROM deliveries d LEFT JOIN subscribers s ON s.chat_id = d.chat_id
WHERE d.part = 0 AND d.parts > 0;

CREATE TABLE publications (
    edition TEXT PRIMARY KEY,
    at INTEGER NOT NULL,
    who TEXT NOT NULL
);

CREATE TABLE asked (
    week TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (week, kind, name)
);
