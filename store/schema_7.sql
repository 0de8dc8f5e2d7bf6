-- Version 7: the newsroom. Which entries tell one story, what an editor decided about a week's draft,
-- what readers think of stories, and what a language model said and cost.

CREATE TABLE groups (
    entry INTEGER PRIMARY KEY,
    story INTEGER NOT NULL,
    why TEXT NOT NULL,
    at INTEGER NOT NULL
);

CREATE INDEX groups_story ON groups (story);

CREATE TABLE choices (
    week TEXT NOT NULL,
    story INTEGER NOT NULL,
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    who TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (week, story, kind)
);

CREATE TABLE placements (
    story TEXT PRIMARY KEY,
    body TEXT NOT NULL,
    at INTEGER NOT NULL
);

CREATE TABLE votes (
    story TEXT NOT NULL,
    voter BLOB NOT NULL,
    value INTEGER NOT NULL CHECK (value IN (-1, 1)),
    at INTEGER NOT NULL,
    PRIMARY KEY (story, voter)
) WITHOUT ROWID;

CREATE TABLE said (
    key TEXT PRIMARY KEY,
    body TEXT NOT NULL,
    at INTEGER NOT NULL
);

CREATE TABLE spent (
    day TEXT PRIMARY KEY,
    requests INTEGER NOT NULL,
    tokens INTEGER NOT NULL
);
