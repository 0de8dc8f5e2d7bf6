-- Version 8: a push moves every delivery through planned, sending and sent. What is asked of one state
-- alone has an index of that state alone, so that those who are done cost nothing more.

DROP INDEX deliveries_due;
CREATE INDEX deliveries_planned ON deliveries (due, chat_id, week, part) WHERE state = 'planned';
CREATE INDEX deliveries_sending ON deliveries (due) WHERE state = 'sending';
CREATE INDEX deliveries_skipped ON deliveries (week) WHERE state = 'skipped';

DROP INDEX deliveries_touched;
CREATE INDEX deliveries_trouble ON deliveries (updated_at) WHERE state IN ('failed', 'unknown');

DROP INDEX deliveries_edition;
CREATE INDEX deliveries_edition ON deliveries (edition);

-- A booking becomes the first part of its digest where it stands.
CREATE TRIGGER deliveries_composed AFTER UPDATE OF parts ON deliveries
WHEN new.part = 0 AND old.parts = 0 AND new.parts > 0
BEGIN
    INSERT OR REPLACE INTO frozen (delivery_id, since, planned, language, follows, mutes, length, layout)
    SELECT new.id, c.last, c.last, s.language, coalesce(s.follows, '[]'), coalesce(s.mutes, '[]'),
        coalesce(s.length, 'short'), coalesce(s.layout, 'classic')
    FROM (SELECT coalesce(max(id), 0) AS last FROM corrections WHERE edition = new.edition) c
    LEFT JOIN subscribers s ON s.chat_id = new.chat_id;
END;
