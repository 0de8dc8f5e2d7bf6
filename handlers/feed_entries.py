"""From a feed as it was read to the entries that are new."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from handlers.feed_parsed import Parsed, ParsedEntry
from handlers.newsletter.links import canonical_url
from store.feeds import Entry, Feed

KEPT = timedelta(weeks=6)
"""How long an entry is kept; what was published longer ago is not taken in at all."""


def entries_of(parsed: Parsed, feed: Feed, now: datetime) -> Iterator[Entry]:
    """The entries that say something and are not too old, the oldest first: feeds begin with the newest."""
    for each in reversed(parsed.entries):
        if (each.title or each.text) and (each.published is None or now - each.published < KEPT):
            yield entry_of(each, feed, language=parsed.language, now=now)


def entry_of(found: ParsedEntry, feed: Feed, *, language: str, now: datetime) -> Entry:
    """An entry of this feed, without an id."""
    return Entry(
        id="",
        feed=feed.id,
        guid=found.guid,
        url=found.url,
        canonical_url=canonical_url(found.url) or "",
        title=found.title,
        text=found.text,
        seen_at=now,
        language=feed.language or language,
        published=found.published,
    )
