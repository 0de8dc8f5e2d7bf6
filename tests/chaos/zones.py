"""Proof 10: one edition per ISO week and chat, in every zone over ten years, whatever the clock does.

A chat in every zone of the database, each on a wall time of its own (those that zones skip or repeat
among them). The bot is off at random, for minutes to weeks; its clock jumps an hour back or ahead, ten
years ahead, and to 1970, and comes back. What is decided is settled at once. The planner is the real one;
all zones are kept in memory (memory.py), a sample of them in the real ledger and library.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, cast

from handlers.holds import watch
from handlers.schedule import next_slot, slot_in_week, week_of
from handlers.schedule_words import zones
from handlers.weekly import plan
from store.bundle import Store
from store.model import Chat, DeliveryState, Edition, Schedule, Story, Subscriber, SubscriberState
from store.sqlite import open_ledger
from store.tiny import open_library
from tests.chaos.memory import MemoryLedger, MemoryLibrary
from tests.chaos.sender import catalogue

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
_WALLS = ((6, 2, 30), (6, 1, 30), (6, 23, 30), (0, 0, 0), (0, 0, 30), (5, 0, 0), (6, 0, 0), (3, 9, 0))
_STEP = timedelta(hours=6)
_FRESH = timedelta(hours=48)
_JUMPS = (timedelta(hours=-1), timedelta(hours=1), timedelta(days=3650), None)  # None = to 1970


@dataclass
class Report:
    """`sure` are weeks in which the bot ran, with a right clock, for the day after the slot: each
    of them must have brought an edition. In the others it may have been too late.
    """

    seed: int
    zones: int
    years: float
    where: str = "real ledger"
    weeks: int = 0
    sure: int = 0
    sent: int = 0
    missed: int = 0
    double: int = 0
    jumps: int = 0
    held: int = 0
    off: int = 0
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        verdict = "ok" if not self.wrong else "FAILED: " + "; ".join(self.wrong[:4])
        return (
            f"time, {self.where}: {self.zones} zones, {self.years:g} years, {self.weeks} weeks,"
            f" sent {self.sent}, two in a week {self.double},"
            f" missed though the bot ran {self.missed} of {self.sure}, {self.off} downtimes,"
            f" {self.jumps} clock jumps ({self.held} ticks held), seed {self.seed}: {verdict}"
        )


def run(folder: Path, *, seed: int, years: float = 10, every: int = 1) -> Report:
    """Every so-manieth zone, in a real ledger."""
    folder.mkdir(parents=True)
    ledger, library = open_ledger(folder), open_library(folder)
    cast("Any", ledger)._db.execute("PRAGMA synchronous = OFF")  # nobody pulls the plug in this proof
    report = _lived(Store(library, ledger, catalogue()), seed=seed, years=years, every=every)
    ledger.close()
    library.close()
    return report


def in_memory(*, seed: int, years: float = 10, every: int = 1) -> Report:
    """The same planner over a ledger that forgets."""
    store = Store(cast("Any", MemoryLibrary()), cast("Any", MemoryLedger()), catalogue())
    report = _lived(store, seed=seed, years=years, every=every)
    report.where = "in memory"
    return report


def _lived(store: Store, *, seed: int, years: float, every: int) -> Report:
    random = Random(seed)
    names = list(zones())[::every]
    report = Report(seed, len(names), years)
    world = _World(store, report, random)
    for number, zone in enumerate(names):
        world.subscribe(Chat("telegram", "7", str(number + 1)), Schedule(*random.choice(_WALLS), zone))
    end = BEGIN + timedelta(days=365.25 * years)
    while world.now < end:
        world.step()
    world.judge(end)
    return report


class _World:
    def __init__(self, store: Store, report: Report, random: Random) -> None:
        self.store, self.report, self.random = store, report, random
        self.now = BEGIN
        self.chats: dict[Chat, Schedule] = {}
        self.sent: Counter[tuple[str, str]] = Counter()
        self.off: list[tuple[datetime, datetime]] = []  # when it was off, held, or had a wrong clock
        self._published = ""

    def subscribe(self, chat: Chat, schedule: Schedule) -> None:
        self.chats[chat] = schedule
        first = next_slot(schedule, after=BEGIN + timedelta(days=7))
        self.store.ledger.put_subscriber(
            Subscriber(chat, schedule=schedule, state=SubscriberState.ACTIVE, next_at=first)
        )

    def step(self) -> None:
        """Some hours pass; now and then the bot is off, or its clock is wrong."""
        begun, draw = self.now, self.random.random()
        self._publish()
        if draw < 0.004:
            days = self.random.choice((0.5, 3, 15, 30)) * self.random.random()
            self.now += timedelta(days=days)
            self.report.off += 1
            self.off.append((begun, self.now))
        elif draw < 0.010:
            self._jump()
        self.now += _STEP * self.random.random()
        self._tick(self.now)

    def _jump(self) -> None:
        jump = self.random.choice(_JUMPS)
        wrong = datetime(1970, 1, 1, tzinfo=UTC) if jump is None else self.now + jump
        self.report.jumps += 1
        begun = self.now
        for _ in range(3):
            self._tick(wrong)
            wrong += timedelta(minutes=10)
        self.now += timedelta(minutes=30)
        self.off.append((begun, self.now))

    def _tick(self, clock: datetime) -> None:
        self.report.held += bool(watch(self.store, now=clock))
        for row in plan(self.store, now=clock).booked:
            self.sent[row.chat.id, row.week] += 1
            self.store.ledger.settle(row, DeliveryState.SENT, at=clock, message_id="1")
        self.store.ledger.prune(now=max(clock, BEGIN)) if self.random.random() < 0.02 else None

    def _publish(self) -> None:
        """An edition every half a week, so that a new one waits for every slot."""
        day = BEGIN + timedelta(days=3 * ((self.now - BEGIN).days // 3))
        name = f"{week_of(day, 'UTC')}-{chr(ord('a') + day.weekday())}"
        if name <= self._published:
            return
        self._published = name
        story = Story(f"{name}-1", "story", "t", "b", "ko", name, 1)
        edition = Edition(name, None, name, (story.id,), "ko", self.now)
        self.store.library.put_edition(edition, [story])
        self.store.library.publish_edition(name, self.now)

    def judge(self, end: datetime) -> None:
        report = self.report
        for chat, schedule in self.chats.items():
            first = BEGIN + timedelta(days=14)
            monday = (first - timedelta(days=first.weekday())).date()
            while (slot := slot_in_week(schedule, monday)) < end - timedelta(days=7):
                week = week_of(slot, schedule.zone)
                count = self.sent[chat.id, week]
                report.weeks += 1
                report.sent += count
                report.double += count > 1
                if self._ran(slot):
                    report.sure += 1
                    report.missed += count != 1
                    if count != 1 and len(report.wrong) < 3:
                        report.wrong.append(f"{schedule.zone} {week}: {count} editions")
                monday += timedelta(days=7)
        if report.double:
            report.wrong.append(f"two editions in {report.double} weeks")
        if report.missed:
            report.wrong.append(f"missed {report.missed}")

    def _ran(self, slot: datetime) -> bool:
        """Whether it ran from the slot until a day after it."""
        return all(end < slot or begin > slot + timedelta(days=1) for begin, end in self.off)


def proof(folder: Path, seed: int) -> Iterator[Report]:
    yield in_memory(seed=seed)
    yield run(folder / "zones", seed=seed, years=2, every=25)
