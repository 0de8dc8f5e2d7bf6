"""Any feed, well-formed or not, as feedparser reads it."""

from __future__ import annotations

import warnings
from calendar import timegm
from datetime import UTC, datetime, timedelta
from typing import Any

from handlers.feed_parsed import ENTRIES, FeedError, Piece, RawEntry, RawFeed

_CRASHES = (RecursionError, ValueError, TypeError, LookupError, AttributeError, AssertionError)
"""What feedparser lets out on documents made to break it."""


def read(text: str) -> RawFeed:
    """The feed in a text without declaration and DOCTYPE. Raises FeedError (error.feed_broken)."""
    import feedparser  # type: ignore[import-untyped]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = feedparser.parse(
                text.encode("utf-8", "replace"),
                response_headers={"content-type": "application/xml; charset=utf-8"},
                sanitize_html=False,
                resolve_relative_uris=False,
            )
        except (
            RecursionError,
            ValueError,
            TypeError,
            KeyError,
            IndexError,
            AttributeError,
            AssertionError,
        ) as e:
            raise FeedError("error.feed_broken") from e
    if not found.version and not found.entries:
        raise FeedError("error.feed_not_one")
    atom = str(found.version).startswith("atom")
    head = found.feed
    return RawFeed(
        title=_piece(head, "title", atom=atom),
        link=_text(head, "link"),
        language=_text(head, "language"),
        entries=[_entry(each, atom=atom) for each in found.entries[:ENTRIES]],
        pace={
            "ttl": _text(head, "ttl"),
            "period": _text(head, "sy_updateperiod"),
            "frequency": _text(head, "sy_updatefrequency"),
        },
    )


def _entry(found: Any, *, atom: bool) -> RawEntry:
    contents = dict.get(found, "content")
    texts = [
        Piece(str(content.get("value", "")), _html(content.get("type"), atom=atom))
        for content in (contents if isinstance(contents, list) else ())
    ]
    summary = _piece(found, "summary", atom=atom)
    if all(summary.text != piece.text for piece in texts):  # else a copy, without its kind
        texts.append(summary)
    guid, link = _text(found, "id"), _text(found, "link")
    return RawEntry(
        guid=guid,
        link=link,
        by_guid=bool(dict.get(found, "guidislink")) and link == guid,
        title=_piece(found, "title", atom=atom),
        texts=texts,
        published=_text(found, "published"),
        updated=_text(found, "updated"),
        stamp=_stamp(dict.get(found, "published_parsed") or dict.get(found, "updated_parsed")),
    )


def _text(found: Any, name: str) -> str:
    value = dict.get(found, name)
    return value if isinstance(value, str) else ""


def _piece(found: Any, name: str, *, atom: bool) -> Piece:
    detail = dict.get(found, f"{name}_detail")
    kind = detail.get("type") if isinstance(detail, dict) else None
    return Piece(_text(found, name), _html(kind, atom=atom))


def _html(kind: object, *, atom: bool) -> bool | None:
    if kind in {"text/html", "application/xhtml+xml", "html", "xhtml"}:
        return True
    return False if atom else None


def _stamp(parts: Any) -> datetime | None:
    try:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=timegm(parts)) if parts else None
    except (ValueError, OverflowError, TypeError):
        return None
