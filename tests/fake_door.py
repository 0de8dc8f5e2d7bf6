"""A Door, a Library and a bundle in memory, and a clock one sets: for tests of the push."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

from handlers.door import Outcome, Rates
from handlers.message import Card, Reply
from store.bundle import Defaults, Store
from store.catalogue import Catalogue
from store.ledger import Ledger
from store.library import Library
from store.model import Chat, Edition, Platform, Story
from store.sqlite import open_ledger
from tests.build import NOON, a_week

FAST = Rates(overall=1_000_000.0, per_chat=1_000_000.0)


@dataclass
class Sent:
    """One request that reached the platform."""

    chat: Chat
    part: str
    first: str
    at: datetime


@dataclass
class FakeDoor:
    """A platform that takes everything, but for what its script says, by chat or for anyone.

    A script holds Outcomes, one a send; an exception in it is raised instead. "unknown" counts as
    accepted, the worst case. `gate` holds every send back until it is set. One part a card.
    """

    platform: Platform = "telegram"
    rates: Rates = FAST
    clock: Callable[[], datetime] = lambda: NOON
    groups: frozenset[str] = frozenset()
    scripts: dict[str, deque[Outcome | BaseException]] = field(default_factory=lambda: defaultdict(deque))
    sent: list[Sent] = field(default_factory=list)
    calls: list[Sent] = field(default_factory=list)
    gate: asyncio.Event | None = None
    crowd: tuple[int, asyncio.Event] | None = None
    in_flight: int = 0
    most_in_flight: int = 0
    _ids: int = 0

    def script(self, chat: Chat | None, *outcomes: Outcome | BaseException) -> None:
        """What the next sends to this chat (None = to any chat without a script) come to."""
        self.scripts[chat.id if chat else ""].extend(outcomes)

    def close_gate(self, crowd: int) -> asyncio.Event:
        """Hold every send back from now on; the event is set when `crowd` of them wait."""
        self.gate = asyncio.Event()
        self.crowd = (crowd, asyncio.Event())
        return self.crowd[1]

    def parts(self, reply: Reply) -> Sequence[str]:
        cards = [block for block in reply.blocks if isinstance(block, Card)]
        return [" ".join(run.text for run in card.title) for card in cards] or ["(no card)"]

    async def send(self, chat: Chat, part: str, *, first: str, silent: bool = False) -> Outcome:
        call = Sent(chat, part, first, self.clock())
        self.calls.append(call)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        if self.crowd is not None and self.in_flight >= self.crowd[0]:
            self.crowd[1].set()
        try:
            if self.gate is not None:
                await self.gate.wait()
            await asyncio.sleep(0)
        finally:
            self.in_flight -= 1
        outcome = self._outcome(chat)
        if outcome.kind in {"sent", "unknown"}:
            self.sent.append(call)
        return outcome

    def _outcome(self, chat: Chat) -> Outcome:
        script = self.scripts.get(chat.id) or self.scripts.get("")
        scripted = script.popleft() if script else None
        if isinstance(scripted, BaseException):
            raise scripted
        if scripted is not None:
            return scripted
        self._ids += 1
        return Outcome("sent", message_id=f"m{self._ids}")

    def is_group(self, chat: Chat) -> bool:
        return chat.id in self.groups

    def to(self, chat: Chat) -> list[str]:
        """The parts that reached a chat, in order."""
        return [sent.part for sent in self.sent if sent.chat == chat]


class FakeLibrary:
    """What the push reads of a Library."""

    def __init__(self) -> None:
        self.shelf: dict[str, tuple[Edition, tuple[Story, ...]]] = {}

    def publish(
        self, edition_id: str, at: datetime, *, count: int = 3, stories: Sequence[Story] = ()
    ) -> Edition:
        """Put an edition on the shelf, published at `at`."""
        edition, made = a_week(edition_id, count)
        kept = tuple(stories) or made
        edition = replace(edition, published_at=at, story_ids=tuple(story.id for story in kept))
        self.shelf[edition_id] = (edition, kept)
        return edition

    def newest_published(self, *, until: datetime) -> Edition | None:
        out = [e for e, _ in self.shelf.values() if e.published_at is not None and e.published_at <= until]
        return max(out, key=lambda e: e.published_at or NOON, default=None)

    def edition(self, edition_id: str) -> Edition | None:
        return self.shelf[edition_id][0] if edition_id in self.shelf else None

    def editions(self, *, offset: int = 0, limit: int = 10) -> tuple[Edition, ...]:
        newest_first = sorted(
            (edition for edition, _ in self.shelf.values()), key=lambda e: e.id, reverse=True
        )
        return tuple(newest_first[offset : offset + limit])

    def stories_of(self, edition_id: str) -> tuple[Story, ...]:
        return self.shelf[edition_id][1] if edition_id in self.shelf else ()


class World:
    """A data folder, its bundle, a library on a shelf, a door and a clock."""

    def __init__(self, folder: Path, *, now: datetime = NOON, defaults: Defaults | None = None) -> None:
        self.folder = folder
        self.now = now
        self.shelf = FakeLibrary()
        self.door = FakeDoor(clock=self.clock)
        self.defaults = defaults or Defaults()
        self.ledger: Ledger = open_ledger(folder)

    def clock(self) -> datetime:
        return self.now

    def later(self, **span: float) -> datetime:
        self.now += timedelta(**span)
        return self.now

    @property
    def store(self) -> Store:
        return self.store_on(self.ledger)

    def store_on(self, ledger: Ledger) -> Store:
        """The bundle, on this ledger."""
        library = cast("Library", self.shelf)
        return Store(library, ledger, catalogue(), self.defaults)

    def reopen(self) -> None:
        """What a restart does to the ledger."""
        self.ledger.close()
        self.ledger = open_ledger(self.folder)


_CATALOGUE: list[Catalogue] = []


def catalogue() -> Catalogue:
    """The shipped catalogue, loaded once."""
    if not _CATALOGUE:
        from store.catalogue import load

        _CATALOGUE.append(load())
    return _CATALOGUE[0]


class Crash(BaseException):
    """The process dies here."""


class Fuse:
    """A ledger that dies at its nth call: before it (`where` "before") or after its effect."""

    def __init__(self, ledger: Ledger, nth: int, where: str) -> None:
        self._ledger = ledger
        self._left = nth
        self._where = where
        self.blown = False

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._ledger, name)

        def call(*args: Any, **named: Any) -> Any:
            if self.blown:
                raise Crash
            self._left -= 1
            if self._left == 0:
                self.blown = True
                if self._where == "after":
                    method(*args, **named)
                raise Crash
            return method(*args, **named)

        return call


@contextmanager
def a_world(folder: Path, *, now: datetime = NOON, defaults: Defaults | None = None) -> Iterator[World]:
    """A World whose ledger is closed at the end."""
    world = World(folder, now=now, defaults=defaults)
    try:
        yield world
    finally:
        world.ledger.close()
