"""The process that is killed: opens the data folder, recovers, plans and drains until all is done.

python -m tests.chaos.sender FOLDER SOCKET RATE starts it cold; fork() starts it warm.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from handlers.deliver import drain, recover
from handlers.holds import watch
from handlers.limits import Pacer
from handlers.weekly import plan
from store.bundle import Store
from store.catalogue import Catalogue, load
from store.ledger import Ledger
from store.library import Library
from store.model import Chat, Delivery, DeliveryState, Subscriber, SubscriberState
from store.sqlite import open_ledger
from store.tiny import open_library
from tests.build import a_week
from tests.chaos.door import Point, SocketDoor, nowhere

SLOT = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
EDITION = "2026-W47"
LAST = timedelta(hours=1)
SLICE = 500


@dataclass
class Clock:
    """Runs from SLOT as the real clock does, for every process of a run alike; may be moved on."""

    path: Path

    @staticmethod
    def begin(folder: Path) -> Clock:
        clock = Clock(folder / "clock.json")
        clock._write({"began": time.time(), "moved": 0.0})
        return clock

    def __call__(self) -> datetime:
        facts = self._facts
        return SLOT + timedelta(seconds=time.time() - facts["began"] + facts["moved"])

    @property
    def _facts(self) -> dict[str, float]:
        if not hasattr(self, "_cached"):
            self._cached: dict[str, float] = json.loads(self.path.read_text())
        return self._cached

    def move(self, seconds: float) -> None:
        self._write({**self._facts, "moved": self._facts["moved"] + seconds})

    def _write(self, facts: dict[str, float]) -> None:
        self._cached = facts
        unfinished = self.path.with_suffix(".tmp")
        unfinished.write_text(json.dumps(facts))
        unfinished.replace(self.path)


def prepare(folder: Path, *, chats: int, parts: int, policy: str, published: bool = True) -> list[Chat]:
    """A data folder with an edition and its subscribers, all due at SLOT."""
    library = open_library(folder)
    if published:
        bring(library, parts)
    library.close()
    ledger = open_ledger(folder)
    made = [Chat("telegram", "7", str(number)) for number in range(1, chats + 1)]
    active = Subscriber(
        Chat("telegram", "7", ""),
        state=SubscriberState.ACTIVE,
        next_at=SLOT,
        last_week="2026-W47",
        policy=cast("Any", policy),
    )
    put_all(ledger, active, made)
    ledger.close()
    return made


def put_all(ledger: Ledger, like: Subscriber, chats: list[Chat]) -> None:
    """Subscribe many chats in one transaction: as put_subscriber would, one by one."""
    from dataclasses import replace

    from store.sqlite_chats import put

    with cast("Any", ledger)._writing() as db:
        for chat in chats:
            put(db, replace(like, chat=chat))


def bring(library: Library, parts: int) -> None:
    """Store and publish the edition, whatever of it is there already."""
    if library.edition(EDITION) is None:
        edition, stories = a_week(EDITION, parts)
        library.put_edition(edition, stories)
    found = library.edition(EDITION)
    assert found is not None
    if found.published_at is None:
        library.publish_edition(EDITION, SLOT - timedelta(hours=1))


_CATALOGUE: list[Catalogue] = []


def catalogue() -> Catalogue:
    """The shipped one, loaded once for all that are forked from here."""
    if not _CATALOGUE:
        _CATALOGUE.append(load())
    return _CATALOGUE[0]


async def work(store: Store, door: SocketDoor, clock: Clock) -> None:
    """What a bot does from its start until nothing is left to do within the hour."""
    recover(store, now=clock())
    pacer = Pacer({"telegram": door.rates})
    while True:
        watch(store, now=clock())
        planned = plan(store, now=clock(), limit=SLICE)
        drained = await drain(store, {"telegram": door}, pacer, clock=clock)
        if len(planned.booked) >= SLICE or drained.next_at is None:
            continue
        ahead = (drained.next_at - clock()).total_seconds()
        if ahead > LAST.total_seconds():
            return
        if ahead > 1.1:  # nothing is left but what is in doubt, which goes last
            clock.move(ahead)
        elif ahead > 0:
            await asyncio.sleep(ahead)


def live(folder: Path, socket: Path, *, overall: float = 1000, point: Point = nowhere) -> None:
    """One life, from opening the folder to its end."""
    from tests.chaos.points import pointed

    clock = Clock(folder / "clock.json")
    library = open_library(folder)
    ledger = open_ledger(folder)
    ledger_seen, library_seen = ledger, library
    if point is not nowhere:
        ledger_seen = cast("Ledger", pointed(ledger, "ledger", point))
        library_seen = cast("Library", pointed(library, "library", point))
        bring(library_seen, 2)
    store = Store(library_seen, ledger_seen, catalogue())
    asyncio.run(work(store, SocketDoor(socket, overall=overall, point=point), clock))
    ledger.close()
    library.close()


@dataclass
class Found:
    """What the ledger says at the end: the state of every (chat, part)."""

    rows: dict[tuple[str, int], Delivery]

    def unknown(self) -> int:
        return sum(row.state is DeliveryState.UNKNOWN for row in self.rows.values())


def found(folder: Path) -> Found:
    ledger = open_ledger(folder, read_only=True)
    rows = ledger.deliveries(limit=10_000_000)
    ledger.close()
    return Found({(row.chat.id, row.part): row for row in rows})


if __name__ == "__main__":
    live(Path(sys.argv[1]), Path(sys.argv[2]), overall=float(sys.argv[3]))
