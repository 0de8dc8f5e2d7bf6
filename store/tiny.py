"""Library on TinyDB: tables "stories" and "editions" on the journal, look-ups in memory.

Opening reads every document once and keeps of it only what finds it again; documents stay in their
files, and the stories read last stay decoded. Within an edition the first story counts as the newest.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import OrderedDict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from store.errors import StoreDamaged
from store.journal import Document, Op
from store.library import Found, Hit, Library, Page
from store.model import Edition, Story
from store.places import APPS, Places
from store.records import SCHEMA, edition_document, edition_from, migrated, story_document, story_from
from store.search import NEAR, Search
from store.tiny_tables import JournalDB

STORIES, EDITIONS = "stories", "editions"
_DECODED = 2048  # stories kept ready


def open_library(folder: Path, *, read_only: bool = False) -> Library:
    """The library in `folder`, which is made if need be. Raises StoreError."""
    return TinyLibrary(folder, read_only=read_only)


class _Known(NamedTuple):
    """What is remembered of an edition's document."""

    key: int
    number: int | None
    published_at: datetime | None


class TinyLibrary:
    """See Library. `db` is the TinyDB behind it: its tables take queries, its journal commits."""

    def __init__(self, folder: Path, *, read_only: bool = False) -> None:
        self._places = Places()
        self._editions: dict[str, _Known] = {}
        self._edition_names: dict[int, str] = {}
        self._numbers: dict[int, list[str]] = {}  # printed number -> editions, oldest first
        self._edition_ids: list[str] = []  # oldest first
        self._published: list[tuple[datetime, str]] = []
        self._decoded: OrderedDict[int, Story] = OrderedDict()
        self._opened = False
        self._changes = 0
        self.folder = Path(folder)
        path = self.folder / "library.json"
        try:
            self.db = JournalDB(path, schema=SCHEMA, read_only=read_only, visit=self._visit)
        except (KeyError, TypeError, ValueError) as error:  # whole JSON, but not stories of ours
            raise StoreDamaged(
                path=path, detail=f"a document in it is not a story of ours: {error!r}"
            ) from error
        self._journal = self.db.journal
        self._places.settle()
        self._search = Search(path.with_name("search.sqlite"), self._journal, self._places, table=STORIES)
        self._opened = True

    # ---- writing

    def put_edition(self, edition: Edition, stories: Sequence[Story]) -> None:
        ids = tuple(story.id for story in stories)
        if edition.story_ids != ids or len(set(ids)) != len(ids):
            raise ValueError(f"edition {edition.id!r} lists other stories than it was given")
        if any(story.edition != edition.id for story in stories):
            raise ValueError(f"a story given with edition {edition.id!r} says it is of another")
        old = self.edition(edition.id)
        gone = [
            key
            for story_id in (old.story_ids if old else ())
            if story_id not in ids
            and (key := self._places.keys.get(story_id)) is not None
            and self._places.edition(key) == edition.id
        ]
        known = self._editions.get(edition.id)
        key = known.key if known else self._journal.next_id(EDITIONS)
        ops: list[Op] = [(EDITIONS, key, edition_document(edition))]
        self._commit([*ops, *self._story_ops(stories), *((STORIES, key, None) for key in gone)])

    def publish_edition(self, edition_id: str, at: datetime) -> Edition:
        if at.tzinfo is None:
            raise ValueError("a time without a zone")
        found = self.edition(edition_id)
        if found is None:
            raise KeyError(edition_id)
        if found.published_at is None:
            found = replace(found, published_at=at)
            self._commit([(EDITIONS, self._editions[edition_id].key, edition_document(found))])
        return found

    def put_story(self, story: Story) -> None:
        self._commit(self._story_ops([story]))

    def _story_ops(self, stories: Sequence[Story]) -> list[Op]:
        free = self._journal.next_id(STORIES)
        ops: list[Op] = []
        for story in stories:
            key = self._places.keys.get(story.id)
            if key is None:
                key, free = free, free + 1
            ops.append((STORIES, key, story_document(story)))
        return ops

    def _commit(self, ops: Sequence[Op]) -> None:
        try:
            self._journal.commit(ops)
        except TypeError as error:  # half a surrogate pair, a number beyond 64 bits
            raise ValueError(f"this cannot be kept as JSON: {error}") from error

    # ---- editions

    def edition(self, edition_id: str) -> Edition | None:
        known = self._editions.get(edition_id)
        document = None if known is None else self._journal.get(EDITIONS, known.key)
        return None if document is None else edition_from(migrated(document))

    def edition_by_number(self, number: int) -> Edition | None:
        found = self._numbers.get(number)
        return self.edition(found[-1]) if found else None

    def editions(self, *, offset: int = 0, limit: int = 10) -> tuple[Edition, ...]:
        end = max(0, len(self._edition_ids) - max(0, offset))
        found = self._edition_ids[max(0, end - max(0, limit)) : end]
        return tuple(edition for name in reversed(found) if (edition := self.edition(name)) is not None)

    def edition_count(self) -> int:
        return len(self._editions)

    def newest_published(self, *, until: datetime) -> Edition | None:
        place = bisect_right(self._published, until, key=lambda pair: pair[0])
        return self.edition(self._published[place - 1][1]) if place else None

    # ---- stories

    def story(self, story_id: str) -> Story | None:
        key = self._places.keys.get(story_id)
        return None if key is None else self._story(key)

    def stories_of(self, edition_id: str) -> tuple[Story, ...]:
        edition = self.edition(edition_id)
        ids = () if edition is None else edition.story_ids
        return tuple(story for story_id in ids if (story := self.story(story_id)) is not None)

    def stories_about(self, company_id: str, *, offset: int = 0, limit: int = 10) -> Page:
        return self._page(company_id, offset, limit) if company_id else Page((), 0)

    def apps(self, *, offset: int = 0, limit: int = 10) -> Page:
        return self._page(APPS, offset, limit)

    def company_counts(self) -> dict[str, int]:
        return self._places.counts()

    def story_count(self) -> int:
        return len(self._places)

    def all_stories(self) -> Iterator[Story]:
        for key in list(self._journal.ids(STORIES)):
            document = self._journal.get(STORIES, key)
            if document is not None:
                yield story_from(migrated(document))

    def stories_about_all(self, company_ids: Collection[str], *, offset: int = 0, limit: int = 10) -> Page:
        keys = self._places.shared(company_ids) if all(company_ids) else []
        start = max(0, offset)
        return Page(tuple([self._story(key) for key in keys[start : start + max(0, limit)]]), len(keys))

    def beside(self, company_id: str) -> dict[str, tuple[int, str]]:
        return self._places.beside(company_id) if company_id else {}

    def state(self) -> str:
        return str(self._changes)

    def search(
        self,
        words: str,
        *,
        offset: int = 0,
        limit: int = 5,
        companies: Collection[str] = (),
        first: str = "",
        last: str = "",
    ) -> Found:
        found, total = self._search.find(
            words,
            max(0, offset),
            max(0, limit),
            companies=[company for company in companies if company],
            first=first,
            last=last,
        )
        return Found(tuple(Hit(self._story(key), score) for key, score in found), total)

    def _page(self, name: str, offset: int, limit: int) -> Page:
        keys, total = self._places.newest(name, offset, limit)
        return Page(tuple([self._story(key) for key in keys]), total)

    def _story(self, key: int) -> Story:
        story = self._decoded.get(key)
        if story is None:
            document = self._journal.get(STORIES, key)
            if document is None:
                raise KeyError(key)
            story = self._decoded[key] = story_from(migrated(document))
            if len(self._decoded) > _DECODED:
                self._decoded.popitem(last=False)
        else:
            self._decoded.move_to_end(key)
        return story

    # ---- housekeeping

    def compact(self, *, seconds: float = 0.001) -> bool:
        """Index what is new, and write a new snapshot where one is due.

        The index has to be near before a snapshot lets the journal forget what it has not read.
        """
        more = self._search.step(seconds / 2)
        if self._search.left > NEAR and not self._journal.compacting:
            return True
        return self._journal.compact(seconds / 2) or more

    def indexed(self) -> str:
        """The mark (see Journal.changes) up to which the search index has read."""
        return self._search.indexed()

    def notices(self) -> tuple[str, ...]:
        return self._journal.notices()

    def close(self) -> None:
        self._search.close()
        self.db.close()

    # ---- what is remembered

    def _visit(self, table: str, key: int, document: Document | None) -> None:
        """Told of each document as it is read and as it changes."""
        self._changes += table in (STORIES, EDITIONS)
        if table == STORIES:
            if self._opened:
                self._decoded.pop(key, None)
                self._search.forget(key)
            if document is None:
                self._places.remove(key)
            else:
                lists = dict.fromkeys(mention[0] for mention in document.get("mentions", ()))
                if document["kind"] == "app":
                    lists[APPS] = None
                self._places.add(
                    key,
                    document["id"],
                    document["edition"],
                    document["order"],
                    lists,
                    settled=self._opened,
                    day=(document.get("published") or "")[:10],
                )
        elif table == EDITIONS:
            self._visit_edition(key, document)

    def _visit_edition(self, key: int, document: Document | None) -> None:
        name = self._edition_names.pop(key, None)
        if name is not None:
            known = self._editions.pop(name)
            self._edition_ids.remove(name)
            if known.number is not None:
                self._numbers[known.number].remove(name)
            if known.published_at is not None:
                self._published.remove((known.published_at, name))
        if document is not None:
            edition = edition_from(migrated(document))
            self._edition_names[key] = edition.id
            self._editions[edition.id] = _Known(key, edition.number, edition.published_at)
            insort(self._edition_ids, edition.id)
            if edition.number is not None:
                insort(self._numbers.setdefault(edition.number, []), edition.id)
            if edition.published_at is not None:
                insort(self._published, (edition.published_at, edition.id))
