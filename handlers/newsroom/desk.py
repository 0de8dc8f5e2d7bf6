"""The desk: entries that came are understood and grouped, and a week's draft is made of them.

The groups of the last days are kept in memory and come back from the ledger in the first steps after
a start; everything that is decided is written down before the step returns.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from handlers.newsroom.edition import SOURCE, Draft, drafted, frozen
from handlers.newsroom.gathering import pages, ranked_since
from handlers.newsroom.grouping import KEPT, Grouper
from handlers.newsroom.signs import signs_of
from handlers.newsroom.understanding import understood
from handlers.publish import publish
from handlers.schedule import latest_slot, next_slot, week_of
from store.bundle import Store
from store.catalogue import Catalogue
from store.feeds import Entry, Feeds
from store.library import Library
from store.model import Edition
from store.newsroom import Membership

log = logging.getLogger(__name__)

BEFORE = timedelta(hours=1)
"""How long before the weekly slot an edition without an editor is published."""

_WEEK = timedelta(days=7)
_LOOK = timedelta(minutes=5)  # between two looks at a draft that is due and waits
_FEWEST = 3  # stories under which there is no edition without an editor


class _Job(NamedTuple):
    """A piece of the desk's work: `work` touches nothing but the groups in memory and may run in a thread,
    `keep` writes what came of it down.
    """

    work: Callable[[], _Grouped]
    keep: Callable[[_Grouped], None]


class _Grouped(NamedTuple):
    """Entries that were understood, and the stories they went to."""

    entries: list[Entry]
    memberships: list[Membership]


@dataclass(slots=True)
class Desk:
    """Takes one entry a step. Nobody else may touch its groups."""

    store: Store
    grouper: Grouper = field(default_factory=Grouper)
    _catalogue: Catalogue | None = None
    _restoring: Iterator[_Job] | None = None
    _looked: datetime = field(default=datetime.min.replace(tzinfo=UTC))

    def step(self, now: datetime, *, limit: int = 1) -> bool:
        """Understand and group up to `limit` entries, or bring back some groups of before; False when
        nothing waited, which is cheap.
        """
        job = self._next(now, limit)
        if job is not None:
            job.keep(job.work())
        return job is not None

    async def step_aside(self, now: datetime) -> bool:
        """A step whose work leaves the event loop to others: a long text takes a tenth of a second."""
        job = self._next(now, 1)
        if job is not None:
            job.keep(await asyncio.to_thread(job.work))
        return job is not None

    def _next(self, now: datetime, limit: int) -> _Job | None:
        feeds = self.store.feeds
        if feeds is None:
            return None
        new = feeds.entries_since(now - KEPT, after=self.store.ledger.last_grouped(), limit=limit)
        if not new:
            return None
        return self._restore(feeds, now) or self._group(new, feeds, now)

    def _group(self, new: Sequence[Entry], feeds: Feeds, now: datetime) -> _Job:
        catalogue = self.store.catalogue
        known = [(entry, feed.language if (feed := feeds.feed(entry.feed)) else "") for entry in new]

        def work() -> _Grouped:
            done = _Grouped([], [])
            self.grouper.forget(now)
            for entry, language in known:
                read = _read(entry, catalogue, language)
                done.entries.append(read)
                done.memberships.extend(self.grouper.add(signs_of(read, catalogue)))
            return done

        def keep(done: _Grouped) -> None:
            feeds.put_entries(done.entries)
            self.store.ledger.join(done.memberships, at=now)

        return _Job(work, keep)

    def _restore(self, feeds: Feeds, now: datetime) -> _Job | None:
        """The next page of the groups of before, after a start and when names changed; None = all are
        there.
        """
        if self._catalogue is not self.store.catalogue:
            self._catalogue, self.grouper = self.store.catalogue, Grouper()
            self._restoring = self._pages(self._catalogue, feeds, now)
        job = next(self._restoring, None) if self._restoring is not None else None
        if job is None:
            self._restoring = None
        return job

    def _pages(self, catalogue: Catalogue, feeds: Feeds, now: datetime) -> Iterator[_Job]:
        for page, story_of in pages(self.store, feeds, now - KEPT):

            def work(page: Sequence[Entry] = page, story_of: Mapping[str, str] = story_of) -> _Grouped:
                for entry in page:
                    if entry.id in story_of:
                        self.grouper.restore(signs_of(entry, catalogue), story_of[entry.id])
                return _Grouped([], [])

            yield _Job(work, lambda _: None)

    async def publish_due(self, now: datetime) -> Edition | None:
        """As the function of this name; a draft that is due and waits is made every few minutes at most."""
        if not _wanted(self.store, now) or self._looked <= now < self._looked + _LOOK:
            return None
        self._looked = now
        return await publish_due(self.store, now=now)


def _read(entry: Entry, catalogue: Catalogue, language: str) -> Entry:
    """The entry understood; one that breaks its reader stays as it came, so that the rest goes on."""
    try:
        return understood(entry, catalogue, language=language)
    except Exception:  # a stranger wrote it, and all others wait behind it
        log.exception("entry %s could not be understood", entry.id)
        return entry


def slot_of(store: Store, now: datetime) -> datetime:
    """The weekly slot that the draft is for: the next one, by this bot's own schedule."""
    return next_slot(store.defaults.schedule, after=now)


async def draft_of(store: Store, *, now: datetime, slot: datetime | None = None) -> Draft:
    """The draft for `slot`, else the next one: stories since the last edition that was made here, a
    week's at most. It is true at the moment it comes back: nothing was made of its stories meanwhile.
    """
    slot = slot or slot_of(store, now)
    week = week_of(slot, store.defaults.schedule.zone)
    while True:
        made = _last_made(store.library)
        since = max(made or slot - _WEEK, slot - _WEEK - BEFORE)
        stories = await ranked_since(store, since, now=now)
        if _last_made(store.library) == made:
            choices, language = store.ledger.choices(week), store.defaults.language
            return drafted(stories, choices, store.catalogue, week=week, language=language)


def _last_made(library: Library) -> datetime | None:
    made = (e.imported_at for e in library.editions(limit=10) if e.source == SOURCE)
    return max(made, default=None)


def freeze(store: Store, draft: Draft, *, now: datetime) -> Edition:
    """Write the draft down as an edition that is not published yet; its stories keep why they are there."""
    number = _number(store.library)
    edition, stories, why = frozen(
        draft,
        _free_id(draft.week, store.library),
        store.catalogue,
        language=store.defaults.language,
        number=number,
        now=now,
    )
    store.ledger.place(why, at=now)
    store.library.put_edition(edition, stories)
    return edition


def _free_id(week: str, library: Library) -> str:
    return next(
        name
        for name in (week, *(f"{week}-{letter}" for letter in "bcdefghijklmnopqrstuvwxyz"))
        if library.edition(name) is None
    )


def _number(library: Library) -> int | None:
    """One more than the newest edition's; None where editions have no numbers."""
    newest = next(iter(library.editions(limit=1)), None)
    return None if newest is None or newest.number is None else newest.number + 1


def due_at(store: Store, now: datetime) -> datetime:
    """When the next edition without an editor is to be published."""
    return slot_of(store, now) - BEFORE


async def publish_due(store: Store, *, now: datetime) -> Edition | None:
    """Publish the week's edition where it is due and nobody else does; None = nothing was due.

    Due is data: from BEFORE the slot until the next one, so a bot that was down then is not late for
    good; once an edition of the week is public, none follows. With `editor` "auto", a draft that an
    editor touched waits for the editor.
    """
    if (slot := _wanted(store, now)) is None:
        return None
    auto = store.defaults.editor == "auto"
    if kept := _kept(store, slot):
        return None if auto else publish(kept.id, store.library, now=now)
    draft = await draft_of(store, now=now, slot=slot)
    if len(draft.placed) < _FEWEST or (auto and draft.touched):
        return None
    if _wanted(store, now) is None or _kept(store, slot):  # somebody was faster
        return None
    return publish(freeze(store, draft, now=now).id, store.library, now=now)


def _wanted(store: Store, now: datetime) -> datetime | None:
    """The slot for which the clock is to publish an edition now; None where it is not, or has."""
    if store.defaults.editor == "" or store.feeds is None or (slot := _slot_due(store, now)) is None:
        return None
    public = any(edition.published_at for edition in _of_week(store, slot))
    return None if public else slot


def _of_week(store: Store, slot: datetime) -> list[Edition]:
    week = week_of(slot, store.defaults.schedule.zone)
    return [edition for edition in store.library.editions(limit=10) if edition.id.startswith(week)]


def _kept(store: Store, slot: datetime) -> Edition | None:
    """The edition that was made here for the slot and is not public yet."""
    return next((edition for edition in _of_week(store, slot) if edition.source == SOURCE), None)


def _slot_due(store: Store, now: datetime) -> datetime | None:
    """The slot that is less than BEFORE ahead, or at most `late` past; None when none is."""
    coming = slot_of(store, now)
    if coming - BEFORE <= now:
        return coming
    last = latest_slot(store.defaults.schedule, at=now)
    return last if now - last <= store.defaults.late else None
