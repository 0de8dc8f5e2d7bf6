"""Feeds on TinyDB: tables "feeds", "entries", "known" and "submissions" on a journal of their own.

Apart from the library's, because a feed's row changes with every read: the stories' journal stays
short and their state unchanged while nothing new came. Feeds are kept ready; of an entry only what
finds it again is.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

from store.errors import StoreDamaged
from store.feed_records import (
    SCHEMA,
    entry_document,
    entry_from,
    feed_document,
    feed_from,
    submission_document,
    submission_from,
)
from store.feeds import Entry, Feed, Feeds, FeedState, Submission, SubmissionState
from store.journal import Document, Op
from store.tiny_tables import JournalDB

FEEDS, ENTRIES, KNOWN, SUBMISSIONS = "feeds", "entries", "known", "submissions"
_KNOWN_FOR = timedelta(days=365)  # what has no date and is not kept any more


def open_feeds(folder: Path, *, read_only: bool = False) -> Feeds:
    """The feeds in `folder`, which is made if need be. Raises StoreError."""
    return TinyFeeds(folder, read_only=read_only)


class TinyFeeds:
    """See Feeds."""

    def __init__(self, folder: Path, *, read_only: bool = False) -> None:
        self._feeds: dict[int, Feed] = {}
        self._urls: dict[str, int] = {}
        self._due: list[tuple[datetime, int]] = []
        self._keys: dict[int, int] = {}  # an entry's key -> how many kept rows have it
        self._of_row: dict[tuple[str, int], tuple[int, ...]] = {}
        self._seen: list[tuple[datetime, int]] = []
        self._seen_of: dict[int, tuple[datetime, str]] = {}
        self._known_at: list[tuple[datetime, int]] = []
        self._by_feed: dict[str, list[int]] = {}
        self._submissions: dict[int, Submission] = {}
        path = Path(folder) / "feeds.json"
        try:
            self.db = JournalDB(path, schema=SCHEMA, read_only=read_only, visit=self._visit)
        except (KeyError, TypeError, ValueError) as error:
            raise StoreDamaged(path=path, detail=f"a document in it is not ours: {error!r}") from error
        self._journal = self.db.journal

    # ---- feeds

    def add(self, feeds: Sequence[Feed]) -> tuple[Feed, ...]:
        free = self._journal.next_id(FEEDS)
        taken = set(self._urls)
        added: list[Feed] = []
        for feed in feeds:
            if feed.url not in taken:
                taken.add(feed.url)
                added.append(replace(feed, id=str(free + len(added))))
        self._commit([(FEEDS, int(feed.id), feed_document(feed)) for feed in added])
        return tuple(added)

    def put(self, feeds: Sequence[Feed], entries: Sequence[Entry] = ()) -> tuple[Entry, ...]:
        ops: list[Op] = [(FEEDS, int(f.id), feed_document(f)) for f in feeds if int(f.id) in self._feeds]
        kept, fresh = list[Entry](), set[int]()
        free = self._journal.next_id(ENTRIES)
        for entry in entries:
            keys = entry.keys
            if fresh.isdisjoint(keys) and not any(key in self._keys for key in keys):
                fresh.update(keys)
                kept.append(replace(entry, id=str(free + len(kept))))
        ops += [(ENTRIES, int(entry.id), entry_document(entry)) for entry in kept]
        self._commit(ops)
        return tuple(kept)

    def remove(self, feed_id: str) -> Feed | None:
        found = self.feed(feed_id)
        if found is not None:
            self._commit([(FEEDS, int(feed_id), None)])
        return found

    def feed(self, feed_id: str) -> Feed | None:
        return self._feeds.get(_number(feed_id))

    def feed_at(self, url: str) -> Feed | None:
        key = self._urls.get(url)
        return None if key is None else self._feeds[key]

    def feeds(self) -> tuple[Feed, ...]:
        return tuple(self._feeds[key] for key in sorted(self._feeds))

    def due(self, now: datetime, *, limit: int = 100, but: Collection[str] = ()) -> tuple[Feed, ...]:
        found: list[Feed] = []
        for at, key in self._due:
            if at > now or len(found) >= limit:
                break
            if str(key) not in but:
                found.append(self._feeds[key])
        return tuple(found)

    def next_at(self, *, but: Collection[str] = ()) -> datetime | None:
        return next((at for at, key in self._due if str(key) not in but), None)

    # ---- entries

    def knows(self, entry: Entry) -> bool:
        return any(key in self._keys for key in entry.keys)

    def put_entries(self, entries: Sequence[Entry]) -> None:
        self._commit([(ENTRIES, int(e.id), entry_document(e)) for e in entries if int(e.id) in self._seen_of])

    def entry(self, entry_id: str) -> Entry | None:
        document = self._journal.get(ENTRIES, _number(entry_id))
        return None if document is None else entry_from(document)

    def entries_of(self, feed_id: str, *, limit: int = 10) -> tuple[Entry, ...]:
        keys = self._by_feed.get(feed_id, [])
        return self._read(reversed(keys[max(0, len(keys) - limit) :]))

    def entries_since(self, at: datetime, *, after: str = "", limit: int = 1000) -> tuple[Entry, ...]:
        start = bisect_left(self._seen, at, key=lambda pair: pair[0])
        if after:
            seen = self._seen_of.get(_number(after))
            if seen is not None:
                start = max(start, bisect_right(self._seen, (seen[0], _number(after))))
            else:  # gone: ids grow with arrival
                number = _number(after)
                later = (key for _, key in self._seen[start:] if key > number)
                return self._read(islice(later, limit))
        return self._read(key for _, key in self._seen[start : start + limit])

    def entry_count(self) -> int:
        return len(self._seen_of)

    def _read(self, keys: Iterable[int]) -> tuple[Entry, ...]:
        return tuple(entry for key in keys if (entry := self.entry(str(key))) is not None)

    def prune(self, before: datetime, *, limit: int = 1000) -> int:
        old = self._seen[: min(limit, bisect_left(self._seen, before, key=lambda pair: pair[0]))]
        ops: list[Op] = []
        free = self._journal.next_id(KNOWN)
        for at, key in old:
            entry = self.entry(str(key))
            ops.append((ENTRIES, key, None))
            if entry is not None and entry.published is None and entry.keys:
                known = {"v": SCHEMA, "keys": list(entry.keys), "at": at.isoformat()}
                ops.append((KNOWN, free, known))
                free += 1
        forgotten = bisect_left(self._known_at, before - _KNOWN_FOR, key=lambda pair: pair[0])
        ops += [(KNOWN, key, None) for _, key in self._known_at[: min(limit, forgotten)]]
        self._commit(ops)
        return len(old)

    # ---- submissions

    def submit(self, submission: Submission) -> Submission:
        for waiting in self.submissions():
            if waiting.url == submission.url:
                return waiting
        made = replace(submission, id=str(self._journal.next_id(SUBMISSIONS)))
        self._keep(made)
        return made

    def submission(self, submission_id: str) -> Submission | None:
        return self._submissions.get(_number(submission_id))

    def submissions(self, state: SubmissionState = SubmissionState.WAITING) -> tuple[Submission, ...]:
        return tuple(each for _, each in sorted(self._submissions.items()) if each.state == state)

    def told_of(self, submission_id: str) -> None:
        found = self.submission(submission_id)
        if found is not None and not found.told:
            self._keep(replace(found, told=True))

    def answered(self, submission_id: str) -> None:
        found = self.submission(submission_id)
        if found is not None and not found.answered:
            self._keep(replace(found, answered=True))

    def decide(self, submission_id: str, state: SubmissionState, *, at: datetime) -> Submission | None:
        found = self.submission(submission_id)
        if found is None or found.state != SubmissionState.WAITING:
            return None
        decided = replace(found, state=state, decided_at=at)
        self._keep(decided)
        return decided

    def _keep(self, submission: Submission) -> None:
        self._commit([(SUBMISSIONS, int(submission.id), submission_document(submission))])

    # ---- housekeeping

    def compact(self, *, seconds: float = 0.001) -> bool:
        return self._journal.compact(seconds)

    def notices(self) -> tuple[str, ...]:
        return self._journal.notices()

    def close(self) -> None:
        self.db.close()

    def _commit(self, ops: Sequence[Op]) -> None:
        if not ops:
            return
        try:
            self._journal.commit(ops)
        except TypeError as error:  # half a surrogate pair
            raise ValueError(f"this cannot be kept as JSON: {error}") from error

    # ---- what is remembered

    def _visit(self, table: str, key: int, document: Document | None) -> None:
        if table == FEEDS:
            self._visit_feed(key, document)
        elif table == ENTRIES:
            self._visit_entry(key, document)
        elif table == KNOWN:
            self._visit_known(key, document)
        elif table == SUBMISSIONS:
            self._submissions.pop(key, None)
            if document is not None:
                self._submissions[key] = submission_from(document)

    def _visit_feed(self, key: int, document: Document | None) -> None:
        old = self._feeds.pop(key, None)
        if old is not None:
            if self._urls.get(old.url) == key:
                del self._urls[old.url]
            if _is_due(old):
                self._due.remove((old.next_at, key))  # type: ignore[arg-type]
        if document is not None:
            feed = self._feeds[key] = feed_from(document)
            self._urls[feed.url] = key
            if _is_due(feed):
                insort(self._due, (feed.next_at, key))  # type: ignore[misc]

    def _visit_entry(self, key: int, document: Document | None) -> None:
        old = self._seen_of.pop(key, None)
        if old is not None:
            del self._seen[bisect_left(self._seen, (old[0], key))]
            mine = self._by_feed[old[1]]
            del mine[bisect_left(mine, key)]
        self._forget(ENTRIES, key)
        if document is not None:
            entry = entry_from(document)
            self._seen_of[key] = (entry.seen_at, entry.feed)
            insort(self._seen, (entry.seen_at, key))
            insort(self._by_feed.setdefault(entry.feed, []), key)
            self._remember(ENTRIES, key, entry.keys)

    def _visit_known(self, key: int, document: Document | None) -> None:
        self._forget(KNOWN, key)
        if document is None:
            self._known_at = [pair for pair in self._known_at if pair[1] != key]
        else:
            insort(self._known_at, (datetime.fromisoformat(document["at"]), key))
            self._remember(KNOWN, key, document["keys"])

    def _remember(self, table: str, key: int, names: Iterable[int]) -> None:
        self._of_row[table, key] = tuple(names)
        for name in self._of_row[table, key]:
            self._keys[name] = self._keys.get(name, 0) + 1

    def _forget(self, table: str, key: int) -> None:
        for name in self._of_row.pop((table, key), ()):
            self._keys[name] -= 1
            if not self._keys[name]:
                del self._keys[name]


def _is_due(feed: Feed) -> bool:
    return feed.state == FeedState.ACTIVE and feed.next_at is not None


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else 0
