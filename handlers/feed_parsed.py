"""What a feed's document says: as it stands there (Raw…), and as the bot takes it (Parsed…)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from handlers.errors import Refusal

LIMIT = 5_000_000  # bytes of a document; the largest real one seen has 2 MB
ENTRIES = 5_000  # of one document; the largest real one seen has 1,000
TITLE, TEXT, GUID, ADDRESS = 300, 20_000, 500, 2_000  # characters kept


class FeedError(Refusal):
    """A document that is no feed the bot can read; the words key is error.feed_*."""


class Piece(NamedTuple):
    """A text as it stands in a feed. `html` None = nobody says; it is looked at."""

    text: str
    html: bool | None = None


_NOTHING = Piece("")


@dataclass(slots=True)
class RawEntry:
    """An entry's fields, untouched. `by_guid` = its link is the guid, which is said to be an address.

    `stamp` is what a reader made of dates that it could read and we cannot.
    """

    guid: str = ""
    link: str = ""
    by_guid: bool = False
    title: Piece = _NOTHING
    texts: list[Piece] = field(default_factory=list)
    published: str = ""
    updated: str = ""
    stamp: datetime | None = None


@dataclass(slots=True)
class RawFeed:
    """A feed's fields, untouched. `pace` holds what it says about how often to come."""

    title: Piece = _NOTHING
    link: str = ""
    language: str = ""
    entries: list[RawEntry] = field(default_factory=list)
    pace: dict[str, str] = field(default_factory=dict)
    skip_hours: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ParsedEntry:
    """An entry as plain text: `url` is absolute and http(s) or "", `published` UTC and sane or None."""

    guid: str
    url: str
    title: str
    text: str
    published: datetime | None = None


@dataclass(frozen=True, slots=True)
class Parsed:
    """A feed as the bot takes it.

    `language` is the primary tag that it claims. `lifetime` is how many seconds it asks not to be
    read again (ttl, sy:updatePeriod), 0 = nothing; `skip_hours` are hours of UTC in which it does
    not change. `problems` are words keys with arguments.
    """

    title: str
    site: str
    language: str
    entries: tuple[ParsedEntry, ...]
    lifetime: int = 0
    skip_hours: tuple[int, ...] = ()
    problems: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()
