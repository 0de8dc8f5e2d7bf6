"""Gathering: the stories that were told since, taken together a little at a time.

A week of a busy newsroom is a thousand entries and more; answers and pushes have the event loop between any
two slices of the work. What changes meanwhile is taken as it then is.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from handlers.newsroom.alike import alike
from handlers.newsroom.coverage import Coverage, coverage
from handlers.newsroom.edition import placement_from
from handlers.newsroom.ranking import Interest, Ranked, in_order, weighed
from handlers.newsroom.signs import Signs, signs_of
from handlers.newsroom.understanding import page_of
from store.bundle import Store
from store.catalogue import Catalogue
from store.feeds import Entry, Feeds
from store.model import Edition, Story, SubscriberState
from store.newsroom import Votes

LATELY = 4
"""Editions whose companies are no news."""

_PAGE = 20  # entries, or other rows, read between two looks at the event loop
_CHATS = 5000  # chats whose follows are counted
_T = TypeVar("_T")


async def _in_turns(items: Iterable[_T], size: int = 1) -> AsyncIterator[_T]:
    """The items, with the others' turn behind every `size` of them."""
    for number, item in enumerate(items, 1):
        yield item
        if number % size == 0:
            await asyncio.sleep(0)


def pages(store: Store, feeds: Feeds, since: datetime) -> Iterator[tuple[tuple[Entry, ...], dict[str, str]]]:
    """The entries that came since, some at a time in the order of arrival, with the story of each."""
    after = ""
    while page := feeds.entries_since(since, after=after, limit=_PAGE):
        yield page, _story_of(store, page)
        after = page[-1].id


def _story_of(store: Store, page: tuple[Entry, ...]) -> dict[str, str]:
    wanted = {entry.id for entry in page}
    at, last = min(map(int, wanted)), max(map(int, wanted))
    found: dict[str, str] = {}
    while at <= last and (rows := store.ledger.memberships_from(str(at), limit=_PAGE)):
        found.update((row.entry, row.story) for row in rows if row.entry in wanted)
        at = int(rows[-1].entry) + 1
    return found


async def ranked_since(store: Store, since: datetime, *, now: datetime) -> tuple[Ranked, ...]:
    """The stories that were first told since and not in an edition before, those that readers need most
    first.
    """
    catalogue = store.catalogue
    interest = await interest_of(store)
    found = [weighed(each, interest, catalogue, now) async for each in stories_since(store, since)]
    await asyncio.sleep(0)
    return in_order(found)


async def stories_since(store: Store, since: datetime) -> AsyncIterator[Coverage]:
    """The stories that were first told since, and not in an edition before."""
    if store.feeds is None:
        return
    catalogue, told = store.catalogue, await _told_before(store)
    by_story: defaultdict[str, list[Entry]] = defaultdict(list)
    async for page, story_of in _in_turns(pages(store, store.feeds, since)):
        for entry in page:
            if entry.mentions or entry.language:  # else nobody has read it yet
                by_story[story_of.get(entry.id, entry.id)].append(entry)
    async for story, entries in _in_turns(list(by_story.items())):
        each = coverage(story, entries)
        if not told.holds(each, catalogue):
            yield each


@dataclass(frozen=True, slots=True)
class _Told:
    """What the last editions hold: ids of groups, names of pages, and the signs of their stories."""

    groups: frozenset[str]
    pages: frozenset[str]
    signs: tuple[Signs, ...]

    def holds(self, coverage: Coverage, catalogue: Catalogue) -> bool:
        """Whether readers had this story: also when an outlet comes with it again days later."""
        found = (page_of(entry.canonical_url or entry.url) for entry in coverage.entries)
        if coverage.id in self.groups or not self.pages.isdisjoint(found):
            return True
        companies = set(coverage.companies)
        near = [each for each in self.signs if companies & each.named]
        if not near:
            return False
        own = signs_of(coverage.entries[0], catalogue)
        return any(alike(own, replace(each, at=own.at)).same for each in near)


async def _told_before(store: Store) -> _Told:
    groups: set[str] = set()
    found: set[str] = set()
    signs: list[Signs] = []
    for edition in store.library.editions(limit=LATELY):
        async for story in _in_turns(store.library.stories_of(edition.id)):
            if body := store.ledger.placement(story.id):
                groups.add(placement_from(body).story)
            found.update(page_of(url) for url in (story.source_url or "", *story.also))
            signs.append(signs_of(_as_entry(story, edition), store.catalogue))
    return _Told(frozenset(groups), frozenset(found - {""}), tuple(signs))


def _as_entry(story: Story, edition: Edition) -> Entry:
    url = story.source_url or ""
    return Entry(
        story.id, "", "", url, url, story.title, story.body, edition.imported_at, story.language,
        story.published, story.mentions, story.figures,
    )  # fmt: skip


async def interest_of(store: Store) -> Interest:
    """What this bot's chats follow, what they were told lately, and what they thought of it."""
    follows: Counter[str] = Counter()
    chats = 0
    async for offset in _in_turns(range(0, _CHATS, _PAGE)):
        rows = store.ledger.subscribers(state=SubscriberState.ACTIVE, offset=offset, limit=_PAGE)
        for chat in rows:
            follows.update(set(chat.follows))
        chats += len(rows)
        if len(rows) < _PAGE:
            break
    lately: Counter[str] = Counter()
    votes: dict[str, Votes] = {}
    async for edition in _in_turns(store.library.editions(limit=LATELY)):
        stories = store.library.stories_of(edition.id)
        given = store.ledger.votes([story.id for story in stories])
        for story in stories:
            lately.update(story.companies[:3])
            vote = given.get(story.id)
            for company in story.companies[:1] if vote else ():
                held = votes.get(company, Votes())
                votes[company] = Votes(held.up + vote.up, held.down + vote.down)  # type: ignore[union-attr]
    return Interest({company: count / chats for company, count in follows.items()}, dict(lately), votes)
