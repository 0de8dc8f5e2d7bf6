"""JSON Feed 1.0 and 1.1."""

from __future__ import annotations

from typing import Any

import orjson

from handlers.feed_parsed import ENTRIES, FeedError, Piece, RawEntry, RawFeed


def read(text: str) -> RawFeed:
    """The JSON Feed in a text. Raises FeedError (error.feed_{broken,not_one})."""
    try:
        found = orjson.loads(text)
    except ValueError as error:
        raise FeedError("error.feed_broken") from error
    items = found.get("items") if isinstance(found, dict) else None
    if not isinstance(items, list) or not isinstance(found, dict):
        raise FeedError("error.feed_not_one")
    return RawFeed(
        title=Piece(_text(found, "title")),
        link=_text(found, "home_page_url"),
        language=_text(found, "language"),
        entries=[_entry(item) for item in items[:ENTRIES] if isinstance(item, dict)],
    )


def _entry(item: dict[str, Any]) -> RawEntry:
    texts = [
        Piece(_text(item, "content_html"), html=True),
        Piece(_text(item, "content_text"), html=False),
        Piece(_text(item, "summary"), html=False),
    ]
    return RawEntry(
        guid=_text(item, "id"),
        link=_text(item, "url") or _text(item, "external_url") or _text(item, "id"),
        by_guid=not (_text(item, "url") or _text(item, "external_url")),
        title=Piece(_text(item, "title")),
        texts=[piece for piece in texts if piece.text],
        published=_text(item, "date_published"),
        updated=_text(item, "date_modified"),
    )


def _text(found: dict[str, Any], name: str) -> str:
    value = found.get(name)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else ""
