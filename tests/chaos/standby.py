"""Proof 9: two processes on one data folder. One sends; killed, the other takes over and repeats nothing.

Both run what `jianbao run` does to take a folder, to ring and to stop (bot/run.py), forked from a
parent that has imported it all, with the harness's door.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import shutil
import signal
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import cast

from bot.clock import Clock
from bot.run import _ringing, _take
from bot.settings import Settings, from_environment
from handlers.deliver import Drained
from store.model import Chat, DeliveryState, Schedule, Subscriber, SubscriberState
from store.sqlite import open_ledger
from store.tiny import open_library
from tests.build import a_week
from tests.chaos.door import SocketDoor
from tests.chaos.kills import forked
from tests.chaos.platform import Platform, start
from tests.chaos.sender import catalogue, put_all

CHATS = 12
_PATIENCE = 30.0  # seconds until something that does not happen is told
TAKEOVER = 1.0
DRAIN = 10.0


@dataclass
class Report:
    """`takeovers` are seconds from a SIGKILL until the other has the folder, `first` until a message of
    its own was answered, `stops` from SIGTERM to the end.
    """

    seed: int
    races: int = 0
    takeovers: list[float] = field(default_factory=list)
    first: list[float] = field(default_factory=list)
    stops: list[float] = field(default_factory=list)
    twice: int = 0
    lost: int = 0
    unknown: int = 0
    bad: list[str] = field(default_factory=list)
    timed: bool = True

    @property
    def wrong(self) -> list[str]:
        checks = {
            f"{self.twice} parts sent twice": self.twice == 0,
            f"{self.lost} lost": self.lost == 0,
            "no race": self.races > 0,
            f"a takeover took {_most(self.takeovers):.2f} s": not self.timed
            or _most(self.takeovers) <= TAKEOVER,
            f"a stop took {_most(self.stops):.1f} s": not self.timed or _most(self.stops) <= DRAIN,
        }
        return [*self.bad[:5], *(name for name, held in checks.items() if not held)]

    def __str__(self) -> str:
        verdict = "ok" if not self.wrong else "FAILED: " + "; ".join(self.wrong)
        return (
            f"two senders: {self.races} races, one sender in each, sent twice {self.twice} lost {self.lost}"
            f" unknown {self.unknown}, takeover {_shape(self.takeovers)}, to the first message"
            f" {_shape(self.first)}, stop {_shape(self.stops)}, seed {self.seed}: {verdict}"
        )


def _most(times: list[float]) -> float:
    return max(times, default=0.0)


def _shape(times: list[float]) -> str:
    """p50, p99 and the greatest, in milliseconds."""
    ordered = sorted(times) or [0.0]
    p50, p99 = ordered[len(ordered) // 2], ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    return f"p50 {1000 * p50:.0f} p99 {1000 * p99:.0f} max {1000 * ordered[-1]:.0f} ms"


def due_now(folder: Path) -> None:
    """A folder whose chats were due a minute ago."""
    now = datetime.now(UTC)
    slot = (now - timedelta(minutes=1)).replace(second=0, microsecond=0)
    library, ledger = open_library(folder), open_ledger(folder)
    edition, stories = a_week("2026-W01", 1)
    library.put_edition(edition, stories)
    library.publish_edition(edition.id, slot - timedelta(minutes=1))
    schedule = Schedule(slot.weekday(), slot.hour, slot.minute, "UTC")
    like = Subscriber(
        Chat("telegram", "7", ""), schedule=schedule, state=SubscriberState.ACTIVE, next_at=slot
    )
    put_all(ledger, like, [Chat("telegram", "7", str(number)) for number in range(1, CHATS + 1)])
    library.close()
    ledger.close()


class _Trace:
    """What the lives note, a line each: what, by whom, when."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.touch()

    def note(self, what: str) -> None:
        with self.path.open("ab", buffering=0) as file:
            file.write(f"{what} {os.getpid()} {time.monotonic()}\n".encode())

    def rows(self, what: str) -> list[tuple[int, float]]:
        found = (row.split() for row in self.path.read_text().splitlines())
        return [(int(pid), float(at)) for kind, pid, at in found if kind == what]

    def until(self, what: str, count: int, *, by: int | None = None) -> list[tuple[int, float]]:
        end = time.monotonic() + _PATIENCE
        while True:
            rows = [row for row in self.rows(what) if by is None or row[0] == by]
            if len(rows) >= count:
                return rows
            if time.monotonic() > end:
                raise TimeoutError(f"no {what} within {_PATIENCE:.0f} s")
            time.sleep(0.002)


async def _life(settings: Settings, socket: Path, trace: _Trace) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    with contextlib.redirect_stderr(io.StringIO()):  # it says that it waits, and that it took over
        app = await _take(settings, stop)
    if app is None:
        return
    trace.note("open")
    app.add_door(
        SocketDoor(socket, point=lambda name: trace.note("sent") if "after the answer" in name else None)
    )
    app.recover()
    ring = _ringing(app, stop)

    async def noted() -> Drained | None:
        drained = cast("Drained | None", await ring())
        if drained is not None and not drained.waiting:
            trace.note("idle")
        return drained

    clock = Clock()
    clock.start(noted)
    await stop.wait()
    clock.stop()
    await clock.stopped()
    await app.close()
    if app.trouble:
        raise RuntimeError(app.trouble)


class _Race:
    """Two lives on a copy of a folder that is due."""

    def __init__(self, folder: Path, like: Path, report: Report, *, slowest: float) -> None:
        shutil.copytree(like, folder / "data")
        self._folder, self._report = folder, report
        self._settings = from_environment({"JIANBAO_DATA": str(folder / "data")}, dotenv=folder / "none")
        self._trace = _Trace(folder / "trace")
        self._platform: Platform = start(folder / "s", seed=report.seed, slowest=slowest)
        self._pids: set[int] = set()

    def __enter__(self) -> _Race:
        return self

    def __exit__(self, *_: object) -> None:
        for pid in self._pids:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        self._platform.stop()
        shutil.rmtree(self._folder)

    def born(self) -> int:
        pid = forked(lambda: asyncio.run(_life(self._settings, self._folder / "s", self._trace)))
        self._pids.add(pid)
        return pid

    def killed(self, random: Random) -> None:
        """The sender dies somewhere in its work; the other one finishes it."""
        for _ in range(2):
            self.born()
        (sender, _), *_ = self._trace.until("open", 1)
        self._trace.until("sent", random.randrange(CHATS - 3), by=sender)
        time.sleep(random.random() * 0.01)
        if len(self._trace.rows("open")) != 1:
            self._report.bad.append("both opened the folder")
        os.kill(sender, signal.SIGKILL)
        begun = time.monotonic()
        os.waitpid(sender, 0)
        self._pids.discard(sender)
        (other,) = self._pids
        ((_, opened), *_) = self._trace.until("open", 1, by=other)
        self._report.takeovers.append(opened - begun)
        self._trace.until("idle", 1, by=other)
        sent = [at for pid, at in self._trace.rows("sent") if pid == other]
        if sent:
            self._report.first.append(sent[0] - begun)
        self.stopped(other)
        self._compare()

    def stopped(self, pid: int) -> None:
        begun = time.monotonic()
        os.kill(pid, signal.SIGTERM)
        _, status = os.waitpid(pid, 0)
        self._pids.discard(pid)
        self._report.stops.append(time.monotonic() - begun)
        if status:
            self._report.bad.append(f"a stop ended with status {status}")

    def drained(self) -> None:
        """Told to stop while slow answers are awaited: what is in flight is settled, the rest stays due."""
        pid = self.born()
        self._trace.until("sent", 1)
        self.stopped(pid)
        self._compare(all_of_it=False)

    def _compare(self, *, all_of_it: bool = True) -> None:
        copies: Counter[str] = Counter()
        for (chat, _), count in self._platform.accepted().items():
            copies[chat] += count
        ledger = open_ledger(self._folder / "data", read_only=True)
        rows = {row.chat.id: row for row in ledger.deliveries(limit=1000)}
        ledger.close()
        self._report.races += 1
        self._report.twice += sum(count - 1 for count in copies.values() if count > 1)
        self._report.unknown += sum(row.state is DeliveryState.UNKNOWN for row in rows.values())
        settled = {DeliveryState.SENT, DeliveryState.UNKNOWN}
        for number in map(str, range(1, CHATS + 1)):
            state = rows[number].state if number in rows else DeliveryState.PLANNED
            if all_of_it:
                self._report.lost += state not in settled or (
                    state is DeliveryState.SENT and not copies[number]
                )
            else:
                self._report.lost += (state is DeliveryState.SENT) != bool(copies[number])


def run(folder: Path, *, seed: int, races: int, stops: int, timed: bool = True) -> Report:
    """So many kills, and so many stops with slow answers in the air."""
    catalogue()
    folder.mkdir(parents=True)
    random, report = Random(seed), Report(seed, timed=timed)
    for number in range(races + stops):
        if number % 20 == 0:
            like = folder / f"like{number}"
            due_now(like)
        where = folder / str(number)
        where.mkdir()
        try:
            with _Race(where, like, report, slowest=0.02 if number < races else 3.0) as race:
                if number < races:
                    race.killed(random)
                else:
                    race.drained()
        except TimeoutError as error:
            report.bad.append(f"race {number}: {error}")
    return report


def proof(folder: Path, seed: int) -> Iterator[Report]:
    yield run(folder, seed=seed, races=200, stops=10)
