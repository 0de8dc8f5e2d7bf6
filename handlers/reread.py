"""Past stories are read again when the catalogue's names changed, a little at a time beside a running bot.

Nothing has to be remembered between two steps but ReadMark: reading a story twice changes nothing, so
that after a restart the reading simply begins again and finds less to change.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from handlers import by_hand
from handlers.ingest import named
from handlers.mentions import mentions
from store.bundle import Store
from store.catalogue import Catalogue
from store.ledger import Ledger
from store.model import Item, Mention, Story, Subscriber
from store.names import Names, ReadMark

_PAGE = 50
_SEALED = 200  # stories rewritten between two saves of the mark


def again(story: Story, catalogue: Catalogue) -> tuple[Mention, ...]:
    """The mentions of a story as it would be read today.

    A story that was printed without a title is called by its own first words, in which nothing is
    looked for a second time.
    """
    nameless = Item(story.order, story.kind, "", story.body)
    title, moved = named(nameless)
    found = [mention for mention in story.mentions if not by_hand.added(mention)]
    if title != story.title or any(mention.span[0] < len(title) for mention in found):
        return mentions(story.title, story.body, catalogue)
    return tuple(
        replace(found, span=(found.span[0] + moved, found.span[1] + moved))
        for found in mentions("", story.body, catalogue)
    )


class Rereading:
    """The reading that goes on while names and stories are apart."""

    def __init__(self, store: Store, names: Names) -> None:
        self.store, self.names = store, names
        self._pieces: Iterator[None] | None = None
        self._target = ""

    def step(self, now: datetime) -> bool:
        """Read one story, or look through some chats; True while there is more. Cheap when there is not.

        Each story that reads otherwise is rewritten in one atomic write. Raises StoreError.
        """
        if self.names.untouched:  # from now on a release's new catalogue is noticed, too
            self.names.mark = ReadMark(version=self.names.version)
            self.names.save_mark()
        swapped = self.store.catalogue is self.names.catalogue  # what is imported is read with them, too
        if not (swapped and self.names.pending):
            return False
        if self._pieces is None or self._target != self.names.version:
            self._target = self.names.version
            self._pieces = self._begin()
        if next(self._pieces, self) is None:
            return True
        self._pieces = None
        self.names.mark = replace(
            self.names.mark, version=self._target, target="", finished_at=now.isoformat()
        )
        self.names.save_mark()
        return False

    def _begin(self) -> Iterator[None]:
        mark, catalogue = self.names.mark, self.names.catalogue
        going_on = bool(mark.target)  # what an interrupted reading changed still counts
        self.names.mark = ReadMark(
            mark.version, self._target, 0, mark.changed * going_on, mark.chats * going_on
        )
        self.names.save_mark()
        if catalogue.moved:
            yield from self._lists(catalogue)
        yield from self._stories(catalogue)

    def _stories(self, catalogue: Catalogue) -> Iterator[None]:
        for story in self.store.library.all_stories():
            read = by_hand.kept(story, again(story, catalogue), catalogue)
            mark = self.names.mark
            changed = read != story.mentions
            if changed:
                self.store.library.put_story(replace(story, mentions=read))
            self.names.mark = replace(mark, reread=mark.reread + 1, changed=mark.changed + changed)
            if changed and self.names.mark.changed % _SEALED == 1:
                self.names.save_mark()
            yield

    def _lists(self, catalogue: Catalogue) -> Iterator[None]:
        """What follows or mutes a company that was merged follows or mutes the other."""
        ledger, offset = self.store.ledger, 0
        before = _chats(ledger)
        while page := ledger.subscribers(offset=offset, limit=_PAGE):
            for subscriber in page:
                if (moved := with_lists(subscriber, catalogue)) != subscriber:
                    ledger.put_subscriber(moved)
                    self.names.mark = replace(self.names.mark, chats=self.names.mark.chats + 1)
            offset += len(page)
            yield
        if _chats(ledger) < before:  # somebody left meanwhile, and another moved into a page already seen
            yield from self._lists(catalogue)


def with_lists(subscriber: Subscriber, catalogue: Catalogue) -> Subscriber:
    """The subscriber, following and muting what the companies on its lists are today.

    What it says of the company that stands wins over what it said of the one that is no more.
    """
    if not any(company in catalogue.moved for company in (*subscriber.follows, *subscriber.mutes)):
        return subscriber
    follows = _today(subscriber.follows, subscriber.mutes, catalogue)
    return replace(subscriber, follows=follows, mutes=_today(subscriber.mutes, follows, catalogue))


def _today(ids: tuple[str, ...], other: tuple[str, ...], catalogue: Catalogue) -> tuple[str, ...]:
    moved = catalogue.moved
    kept = (moved.get(each, each) for each in ids if each not in moved or moved[each] not in other)
    return tuple(dict.fromkeys(kept))


def _chats(ledger: Ledger) -> int:
    return sum(ledger.subscriber_counts().values())
