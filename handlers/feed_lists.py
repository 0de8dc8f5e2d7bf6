"""Lists of feeds: OPML in and out, and the list that comes with the program."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from pathlib import Path
from xml.sax.saxutils import quoteattr

from handlers.errors import Refusal
from handlers.feed_bytes import without_doctype, xml_text
from handlers.feed_parsed import ADDRESS, TITLE
from handlers.feed_text import plain
from store.feeds import Feed

_LONGEST = 2_000  # feeds of one list
_OPML = re.compile(rb"<opml[\s>]", re.IGNORECASE)
_DEFAULTS = Path(__file__).with_name("feed_defaults.tsv")


def is_opml(data: bytes) -> bool:
    """Whether a file begins as an OPML list does, broken or not."""
    return _OPML.search(data[:1000].replace(b"\0", b"")) is not None


def from_opml(data: bytes, now: datetime) -> tuple[Feed, ...]:
    """The feeds that an OPML list names, due at once. Raises Refusal (error.opml)."""
    import listparser

    try:
        text = without_doctype(xml_text(data)[0])
        found = listparser.parse(b"<?xml version='1.0' encoding='utf-8'?>" + text.encode("utf-8", "replace"))
        named = [(str(each.url), str(each.title or "")) for each in found.feeds]
    except Refusal:
        raise
    except Exception as error:
        raise Refusal("error.opml") from error
    feeds = {
        url.strip(): plain(title, is_html=False, limit=TITLE)
        for url, title in named
        if url.strip().lower().startswith(("http://", "https://")) and len(url) <= ADDRESS
    }
    if not feeds:
        raise Refusal("error.opml")
    return tuple(
        Feed("", url, title=title, added_at=now, next_at=now) for url, title in list(feeds.items())[:_LONGEST]
    )


def to_opml(feeds: Iterable[Feed], title: str) -> bytes:
    """A list of feeds that other readers take."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<opml version="2.0">',
        f"<head><title>{title}</title></head>",
        "<body>",
        *(_outline(feed) for feed in feeds),
        "</body>",
        "</opml>",
        "",
    ]
    return "\n".join(lines).encode()


def _outline(feed: Feed) -> str:
    name = quoteattr(feed.title or feed.url)
    site = f" htmlUrl={quoteattr(feed.site)}" if feed.site else ""
    language = f" language={quoteattr(feed.language)}" if feed.language else ""
    return f'<outline type="rss" text={name} title={name} xmlUrl={quoteattr(feed.url)}{site}{language}/>'


@cache
def default_rows() -> tuple[dict[str, str], ...]:
    """The list that comes with the program: title, language, zone, url, checked."""
    with _DEFAULTS.open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file, delimiter="\t"))


def defaults(now: datetime) -> tuple[Feed, ...]:
    """Sources of Chinese tech news, due at once."""
    return tuple(
        Feed(
            "",
            row["url"],
            title=row["title"],
            language=row["language"],
            zone=row["zone"],
            added_at=now,
            next_at=now,
        )
        for row in default_rows()
    )
