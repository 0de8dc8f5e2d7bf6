"""Feeds: where stories come from by themselves, and what came. The Protocol is the specification;
tests/test_feeds.py runs it over every implementation.

Every write is durable before it returns, atomic, and costs the size of its change; every look-up
costs the size of its answer. One process writes. Raises store.errors.StoreError.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import blake2b
from typing import Protocol

from store.model import Chat, Figure, Language, Mention


class FeedState(StrEnum):
    """Whether a feed is read."""

    ACTIVE = "active"
    PAUSED = "paused"  # by an administrator
    GONE = "gone"  # the source said that it is no more (410)


@dataclass(frozen=True, slots=True)
class Feed:
    """A source that is read by itself.

    `id` is short and typeable, given by the store. `language` is what its entries are written in
    ("" = unknown), `zone` the IANA zone of dates that it prints without one. `interval` is how long
    the bot waits between two reads that go well. `etag` and `modified` are the source's own words,
    sent back as they came; `digest` names the body read last. `last_at` is when it answered last,
    `new_at` when an entry came last. `fails` counts failures in a row; `last_error` is a words key
    and `error_words` its arguments, "" and () when the last read went well. `notice` is what administrators
    are still to be told of it, `told` what they were told last, so that each is given once. `moved_to` is a
    permanent address that has been answered with `moved` times in a row and is not followed yet.
    """

    id: str
    url: str
    title: str = ""
    language: str = ""
    zone: str = "UTC"
    state: FeedState = FeedState.ACTIVE
    site: str = ""
    etag: str = ""
    modified: str = ""
    digest: str = ""
    interval: timedelta = timedelta(hours=1)
    next_at: datetime | None = None
    last_at: datetime | None = None
    new_at: datetime | None = None
    added_at: datetime | None = None
    fails: int = 0
    last_error: str = ""
    error_words: tuple[tuple[str, str], ...] = ()
    notice: str = ""
    told: str = ""
    moved_to: str = ""
    moved: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that a feed brought, or that a person submitted (`feed` "").

    `id` is given by the store and grows with arrival. `url` is as the source gave it, absolute and
    http(s) ("" = none), `canonical_url` the same without what only tracks. `title` and `text` are
    plain text. `guid` is the source's own name for it, "" where that is not to be trusted.
    `published` is the source's date when it is a sane one. Spans of `mentions` and `figures` are
    into title + "\\n" + text; they are empty until the entry was understood.
    """

    id: str
    feed: str
    guid: str
    url: str
    canonical_url: str
    title: str
    text: str
    seen_at: datetime
    language: str = ""
    published: datetime | None = None
    mentions: tuple[Mention, ...] = ()
    figures: tuple[Figure, ...] = ()

    @property
    def keys(self) -> tuple[int, ...]:
        """What it is known by again: canonical address anywhere; within its feed the guid, or the
        title with the day, or with the beginning of the text where there is no day.
        """
        title = "".join(self.title.casefold().split())
        when = self.published.date().isoformat() if self.published else self.text[:200]
        names = (
            ("u", self.canonical_url) if self.canonical_url else None,
            ("g", self.feed, self.guid) if self.guid else None,
            ("t", self.feed, title, when) if title else None,
        )
        return tuple(_key(name) for name in names if name is not None)


def _key(name: tuple[str, ...]) -> int:
    digest = blake2b("\0".join(name).encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


@dataclass(frozen=True, slots=True)
class Seen:
    """What stands at an address, looked at without keeping anything.

    `url` is the feed's own address, another than was asked for where a page named it. `entries` have no
    ids, `language` is the one the feed claims. `problems` are words keys with their arguments.
    """

    url: str
    title: str
    language: str
    entries: tuple[Entry, ...]
    problems: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()


Look = Callable[[str], Awaitable[Seen]]
"""Reads the feed at an address, or behind it. Raises what says, in a person's words, why not."""


class SubmissionState(StrEnum):
    WAITING = "waiting"
    APPROVED = "approved"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Submission:
    """An address that somebody proposed. `user` is the platform's id of the person, kept so that
    one cannot flood the list; `id` is given by the store. `told` = administrators have been shown it,
    `answered` = the person has been told what was decided, in `language`, or will not be.
    """

    id: str
    url: str
    chat: Chat
    user: str
    at: datetime
    state: SubmissionState = SubmissionState.WAITING
    decided_at: datetime | None = None
    told: bool = False
    answered: bool = False
    language: Language | None = None


class Feeds(Protocol):
    """Feeds by id, oldest first; entries in the order of their arrival."""

    def add(self, feeds: Sequence[Feed]) -> tuple[Feed, ...]:
        """Keep new feeds, each under an id of its own; those whose address is known are left out."""
        ...

    def put(self, feeds: Sequence[Feed], entries: Sequence[Entry] = ()) -> tuple[Entry, ...]:
        """What a read brought, in one write: feeds as they are now, and entries, which come back
        with ids. A feed that was removed meanwhile is left out, its entries are kept; of entries
        that share a key with one kept before, or given before, none is kept.
        """
        ...

    def remove(self, feed_id: str) -> Feed | None:
        """Forget a feed; what it brought stays. None if unknown."""
        ...

    def feed(self, feed_id: str) -> Feed | None: ...

    def feed_at(self, url: str) -> Feed | None:
        """The feed that is read at this address."""
        ...

    def feeds(self) -> tuple[Feed, ...]: ...

    def due(self, now: datetime, *, limit: int = 100, but: Collection[str] = ()) -> tuple[Feed, ...]:
        """Active feeds whose `next_at` <= now, the longest due first, without those named in `but`."""
        ...

    def next_at(self, *, but: Collection[str] = ()) -> datetime | None:
        """When the next feed is due; None where none is."""
        ...

    def knows(self, entry: Entry) -> bool:
        """Whether this entry came before: it shares a key with one that was kept."""
        ...

    def put_entries(self, entries: Sequence[Entry]) -> None:
        """Keep what became of entries that have ids (their mentions, figures, language)."""
        ...

    def entry(self, entry_id: str) -> Entry | None: ...

    def entries_of(self, feed_id: str, *, limit: int = 10) -> tuple[Entry, ...]:
        """What a feed brought, newest first."""
        ...

    def entries_since(self, at: datetime, *, after: str = "", limit: int = 1000) -> tuple[Entry, ...]:
        """Entries with `seen_at` >= at, in the order of their arrival; `after` continues a page
        behind the entry of that id, which may be gone.
        """
        ...

    def entry_count(self) -> int: ...

    def prune(self, before: datetime, *, limit: int = 1000) -> int:
        """Let go of entries that were seen before; returns how many, at most `limit` at a time.
        What names no date of its own stays known for a year, lest it come again as new.
        """
        ...

    def submit(self, submission: Submission) -> Submission:
        """Keep a proposal under an id of its own; one that waits for the same address is it."""
        ...

    def submission(self, submission_id: str) -> Submission | None: ...

    def submissions(self, state: SubmissionState = SubmissionState.WAITING) -> tuple[Submission, ...]:
        """Proposals in this state, oldest first."""
        ...

    def told_of(self, submission_id: str) -> None:
        """Mark a proposal as shown to administrators."""
        ...

    def answered(self, submission_id: str) -> None:
        """Mark a proposal as one whose proposer need not be told of it any more."""
        ...

    def decide(self, submission_id: str, state: SubmissionState, *, at: datetime) -> Submission | None:
        """Settle a proposal once: None if it does not wait (any more)."""
        ...

    def compact(self, *, seconds: float = 0.001) -> bool:
        """As Library.compact."""
        ...

    def notices(self) -> tuple[str, ...]:
        """As Library.notices."""
        ...

    def close(self) -> None: ...
