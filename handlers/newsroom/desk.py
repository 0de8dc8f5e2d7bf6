"""The desk: entries that came are understood and grouped, and a week's draft is made of them.

The groups of the last days are kept in memory and come back from the ledger at the first step after
a start; everything that is decided is written down before the step returns.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from handlers.newsroom.alike import alike
from handlers.newsroom.coverage import Coverage, coverages
from handlers.newsroom.edition import SOURCE, Draft, drafted, frozen, placement_from
from handlers.newsroom.grouping import KEPT, Grouper
from handlers.newsroom.ranking import Interest, ranked
from handlers.newsroom.signs import Signs, signs_of
from handlers.newsroom.understanding import page_of, understood
from handlers.publish import publish
from handlers.schedule import latest_slot, next_slot, week_of
from store.bundle import Store
from store.catalogue import Catalogue
from store.feeds import Entry, Feeds
from store.library import Library
from store.model import Edition, Story, SubscriberState
from store.newsroom import Membership, Votes

log = logging.getLogger(__name__)

BEFORE = timedelta(hours=1)
"""How long before the weekly slot an edition without an editor is published."""

_WEEK = timedelta(days=7)
_LATELY = 4  # editions whose companies are no news
_PAGE = 500
_CHATS = 5000  # chats whose follows are counted
_LOOK = timedelta(minutes=5)  # between two looks at a draft that is due and waits
_FEWEST = 3  # stories under which there is no edition without an editor


@dataclass(slots=True)
class Desk:
    """Takes one entry a step."""

    store: Store
    grouper: Grouper | None = None
    _catalogue: Catalogue | None = None
    _looked: datetime = field(default=datetime.min.replace(tzinfo=UTC))

    def step(self, now: datetime, *, limit: int = 1) -> bool:
        """Understand and group up to `limit` entries; True while more wait. Cheap when none does."""
        feeds = self.store.feeds
        if feeds is None:
            return False
        new = feeds.entries_since(now - KEPT, after=self.store.ledger.last_grouped(), limit=limit)
        if not new:
            return False
        grouper = self._grouper(feeds, now)
        grouper.forget(now)
        known: list[Entry] = []
        changes: list[Membership] = []
        for entry in new:
            feed = feeds.feed(entry.feed)
            read = _read(entry, self.store.catalogue, feed.language if feed else "")
            known.append(read)
            changes += grouper.add(signs_of(read, self.store.catalogue))
        feeds.put_entries(known)
        self.store.ledger.join(changes, at=now)
        return len(new) == limit

    def publish_due(self, now: datetime) -> Edition | None:
        """As the function of this name, looked at every few minutes at most."""
        if self._looked <= now < self._looked + _LOOK:
            return None
        self._looked = now
        return publish_due(self.store, now=now)

    def _grouper(self, feeds: Feeds, now: datetime) -> Grouper:
        """The groups in memory; read anew after a start and when names changed."""
        if self.grouper is None or self._catalogue is not self.store.catalogue:
            self._catalogue = self.store.catalogue
            self.grouper = Grouper(self.store.catalogue)
            story_of = _story_of(self.store, now - KEPT)
            for entry in _entries(feeds, now - KEPT):
                if entry.id in story_of:
                    self.grouper.restore(signs_of(entry, self.store.catalogue), story_of[entry.id])
        return self.grouper


def _read(entry: Entry, catalogue: Catalogue, language: str) -> Entry:
    """The entry understood; one that breaks its reader stays as it came, so that the rest goes on."""
    try:
        return understood(entry, catalogue, language=language)
    except Exception:  # a stranger wrote it, and all others wait behind it
        log.exception("entry %s could not be understood", entry.id)
        return entry


def _entries(feeds: Feeds, since: datetime) -> Iterator[Entry]:
    after = ""
    while page := feeds.entries_since(since, after=after, limit=_PAGE):
        yield from page
        after = page[-1].id


def _story_of(store: Store, since: datetime) -> dict[str, str]:
    """The story of every entry that came since."""
    if store.feeds is None:
        return {}
    first = store.feeds.entries_since(since, limit=1)
    found: dict[str, str] = {}
    after = int(first[0].id) if first else 0
    while first and (page := store.ledger.memberships_from(str(after), limit=_PAGE)):
        found.update((each.entry, each.story) for each in page)
        after = int(page[-1].entry) + 1
    return found


def stories_since(store: Store, since: datetime) -> tuple[Coverage, ...]:
    """The stories that were first told since, and not in an edition before."""
    if store.feeds is None:
        return ()
    entries = [entry for entry in _entries(store.feeds, since) if entry.mentions or entry.language]
    told = _told_before(store)
    found = coverages(entries, _story_of(store, since))
    return tuple(each for each in found if not told.holds(each, store.catalogue))


@dataclass(frozen=True, slots=True)
class _Told:
    """What the last editions hold: ids of groups, names of pages, and the signs of their stories."""

    groups: frozenset[str]
    pages: frozenset[str]
    signs: tuple[Signs, ...]

    def holds(self, coverage: Coverage, catalogue: Catalogue) -> bool:
        """Whether readers had this story: also when an outlet comes with it again days later."""
        pages = (page_of(entry.canonical_url or entry.url) for entry in coverage.entries)
        if coverage.id in self.groups or not self.pages.isdisjoint(pages):
            return True
        companies = set(coverage.companies)
        near = [each for each in self.signs if companies & each.named]
        if not near:
            return False
        own = signs_of(coverage.entries[0], catalogue)
        return any(alike(own, replace(each, at=own.at), catalogue).same for each in near)


def _told_before(store: Store) -> _Told:
    groups: set[str] = set()
    pages: set[str] = set()
    signs: list[Signs] = []
    for edition in store.library.editions(limit=_LATELY):
        for story in store.library.stories_of(edition.id):
            if body := store.ledger.placement(story.id):
                groups.add(placement_from(body).story)
            pages.update(page_of(url) for url in (story.source_url or "", *story.also))
            signs.append(signs_of(_as_entry(story, edition), store.catalogue))
    return _Told(frozenset(groups), frozenset(pages - {""}), tuple(signs))


def _as_entry(story: Story, edition: Edition) -> Entry:
    url = story.source_url or ""
    return Entry(
        story.id, "", "", url, url, story.title, story.body, edition.imported_at, story.language,
        story.published, story.mentions, story.figures,
    )  # fmt: skip


def interest_of(store: Store) -> Interest:
    """What this bot's chats follow, what they were told lately, and what they thought of it."""
    follows: Counter[str] = Counter()
    chats = store.ledger.subscribers(state=SubscriberState.ACTIVE, limit=_CHATS)
    for chat in chats:
        follows.update(set(chat.follows))
    lately: Counter[str] = Counter()
    votes: dict[str, Votes] = {}
    for edition in store.library.editions(limit=_LATELY):
        stories = store.library.stories_of(edition.id)
        given = store.ledger.votes([story.id for story in stories])
        for story in stories:
            lately.update(story.companies[:3])
            vote = given.get(story.id)
            for company in story.companies[:1] if vote else ():
                held = votes.get(company, Votes())
                votes[company] = Votes(held.up + vote.up, held.down + vote.down)  # type: ignore[union-attr]
    share = {company: count / len(chats) for company, count in follows.items()}
    return Interest(share, dict(lately), votes)


def slot_of(store: Store, now: datetime) -> datetime:
    """The weekly slot that the draft is for: the next one, by this bot's own schedule."""
    return next_slot(store.defaults.schedule, after=now)


def draft_of(store: Store, *, now: datetime, slot: datetime | None = None) -> Draft:
    """The draft for `slot`, else the next one: stories since the last edition that was made here, a
    week's at most.
    """
    slot = slot or slot_of(store, now)
    week = week_of(slot, store.defaults.schedule.zone)
    since = max(_last_made(store.library) or slot - _WEEK, slot - _WEEK - BEFORE)
    stories = ranked(stories_since(store, since), interest_of(store), store.catalogue, now=now)
    return drafted(
        stories, store.ledger.choices(week), store.catalogue, week=week, language=store.defaults.language
    )


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


def publish_due(store: Store, *, now: datetime) -> Edition | None:
    """Publish the week's edition where it is due and nobody else does; None = nothing was due.

    Due is data: from BEFORE the slot until the next one, so a bot that was down then is not late for
    good; once an edition of the week is public, none follows. With `editor` "auto", a draft that an
    editor touched waits for the editor.
    """
    slot = _slot_due(store, now)
    if store.defaults.editor == "" or store.feeds is None or slot is None:
        return None
    week = week_of(slot, store.defaults.schedule.zone)
    there = [edition for edition in store.library.editions(limit=10) if edition.id.startswith(week)]
    if any(edition.published_at for edition in there):
        return None
    kept = next((edition for edition in there if edition.source == SOURCE), None)
    if kept is not None:
        auto = store.defaults.editor == "auto"
        return None if auto else publish(kept.id, store.library, now=now)
    draft = draft_of(store, now=now, slot=slot)
    if len(draft.placed) < _FEWEST or (store.defaults.editor == "auto" and draft.touched):
        return None
    return publish(freeze(store, draft, now=now).id, store.library, now=now)


def _slot_due(store: Store, now: datetime) -> datetime | None:
    """The slot that is less than BEFORE ahead, or at most `late` past; None when none is."""
    coming = slot_of(store, now)
    if coming - BEFORE <= now:
        return coming
    last = latest_slot(store.defaults.schedule, at=now)
    return last if now - last <= store.defaults.late else None
