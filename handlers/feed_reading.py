"""A feed's document read: bytes in, entries as plain text out, or one clear reason why not.

To be done where it may be killed (bot/feed_pool.py): a document may be made to take hours.
"""

from __future__ import annotations

import re
from datetime import datetime
from urllib.parse import urljoin, urlsplit

from handlers import feed_fast, feed_json, feed_slow
from handlers.feed_bytes import without_doctype, xml_text
from handlers.feed_dates import date_of, sane
from handlers.feed_discovery import named_feeds
from handlers.feed_parsed import (
    ADDRESS,
    ENTRIES,
    GUID,
    TEXT,
    TITLE,
    FeedError,
    Parsed,
    ParsedEntry,
    Piece,
    RawEntry,
    RawFeed,
)
from handlers.feed_text import cut, looks_html, one_line, plain

_ROOT = re.compile(
    r"(?:\s|<!--(?:(?!-->).){0,20000}-->|<\?(?:(?!\?>).){0,2000}\?>){0,200}"  # before it
    r"<([a-zA-Z][\w:.-]{0,60})",
    re.DOTALL,
)
_FEED_INSIDE = re.compile(r"<(?:rss|feed|rdf:rdf|channel)[\s>]", re.IGNORECASE)
_HTML_LINE = re.compile(r"<(?:html|body|head)[\s>]", re.IGNORECASE)
_TAG = re.compile(r"[a-zA-Z]{2,3}(?=$|[-_])")
_PERIODS = {"hourly": 3600, "daily": 86_400, "weekly": 604_800, "monthly": 2_592_000, "yearly": 31_536_000}


def read_feed(
    data: bytes, *, url: str, now: datetime, content_type: str = "", zone: str = "UTC", fast: bool = True
) -> Parsed:
    """What a feed says. `url` is where it stands ("" = nowhere), `zone` that of dates without one.

    Raises FeedError: error.feed_{empty,too_large,coding,entities,html,html_names,opml,not_one,broken}.
    """
    text, spoilt = xml_text(data, content_type)
    raw = _raw(text, url, fast=fast)
    site = _address(raw.link, url) or _address(url, url)
    base = _address(url, url) or site
    entries, undated = [], 0
    for each in raw.entries:
        entry = _entry(each, base, now, zone)
        undated += entry.published is None and bool(each.published or each.updated)
        entries.append(entry)
    problems: list[tuple[str, tuple[tuple[str, str], ...]]] = [("feed.spoilt", ())] if spoilt else []
    if undated:
        problems.append(("feed.dates", (("count", str(undated)),)))
    if len(raw.entries) >= ENTRIES:
        problems.append(("feed.cut", (("count", str(ENTRIES)),)))
    language = _TAG.match(raw.language.strip())
    return Parsed(
        title=one_line(_plain(raw.title, TITLE)),
        site=site,
        language=language[0].lower() if language else "",
        entries=tuple(_without_shared_guids(entries)),
        lifetime=_lifetime(raw.pace),
        skip_hours=tuple(
            sorted({int(hour) % 24 for hour in raw.skip_hours if hour.isdecimal() and len(hour) < 3})
        ),
        problems=tuple(problems),
    )


def _raw(text: str, url: str, *, fast: bool) -> RawFeed:
    if text.startswith(("{", "[")):
        return feed_json.read(text)
    text = without_doctype(text)
    root = _ROOT.match(text)
    name = root[1].lower() if root else ""
    if name == "opml":
        raise FeedError("error.feed_opml")
    if not root:
        raise FeedError("error.feed_not_one")
    if (name == "html" or _HTML_LINE.search(text[:2000])) and not _FEED_INSIDE.search(text):
        if named := named_feeds(text, url):
            raise FeedError("error.feed_html_names", found=" ".join(named))
        raise FeedError("error.feed_html")
    found = feed_fast.read(text) if fast else None
    if found is None or (fast and _unread_dates(found)):
        found = feed_slow.read(text)
    return found


def _unread_dates(raw: RawFeed) -> bool:
    """Whether some entry has dates that only feedparser may be able to read."""
    return any(
        (each.published or each.updated) and date_of(each.published) is None and date_of(each.updated) is None
        for each in raw.entries
    )


def _entry(raw: RawEntry, base: str, now: datetime, zone: str) -> ParsedEntry:
    link = raw.link if not raw.by_guid or raw.link.lower().startswith(("http://", "https://")) else ""
    texts = [_plain(piece, TEXT) for piece in raw.texts if piece.text]
    dates = (date_of(raw.published, zone), date_of(raw.updated, zone), raw.stamp)
    return ParsedEntry(
        guid=cut(raw.guid.strip(), GUID),
        url=_address(link, base),
        title=one_line(_plain(raw.title, TITLE)),
        text=max(texts, key=lambda text: (len(text), text), default=""),
        published=next((day for found in dates if (day := sane(found, now))), None),
    )


def _plain(piece: Piece, limit: int) -> str:
    is_html = looks_html(piece.text) if piece.html is None else piece.html
    return plain(piece.text, is_html=is_html, limit=limit)


def _address(link: str, base: str) -> str:
    """The absolute http(s) address of a link, "" where it is none."""
    link = link.strip()
    if not link or len(link) > ADDRESS:
        return ""
    try:
        found = urljoin(base, link)
        parts = urlsplit(found)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and found.isprintable()
    except ValueError:
        return ""
    return found.replace(" ", "%20") if good else ""


def _without_shared_guids(entries: list[ParsedEntry]) -> list[ParsedEntry]:
    """A guid that several entries have names none of them."""
    seen: dict[str, int] = {}
    for entry in entries:
        seen[entry.guid] = seen.get(entry.guid, 0) + 1
    if all(count == 1 for guid, count in seen.items() if guid):
        return entries
    return [
        entry
        if seen[entry.guid] == 1
        else ParsedEntry("", entry.url, entry.title, entry.text, entry.published)
        for entry in entries
    ]


def _lifetime(pace: dict[str, str]) -> int:
    """Seconds that a feed asks for: ttl (minutes), or a period divided by its frequency."""
    ttl, often = pace.get("ttl", ""), pace.get("frequency", "")
    asked = int(ttl) * 60 if ttl.isdecimal() and len(ttl) < 7 else 0
    period = _PERIODS.get(pace.get("period", "").lower(), 0)
    if period:
        asked = max(asked, period // max(1, int(often) if often.isdecimal() and len(often) < 5 else 1))
    return asked
