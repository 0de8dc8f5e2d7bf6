"""Proof 9: two processes on one data folder. One sends; killed, the other takes over and repeats nothing.

Both run what `jianbao run` does to take a folder, to ring and to stop (bot/run.py), forked from a
parent that has imported it all, with the harness's door. A chain of races is one push on one folder:
as soon as the sender is killed and the other has the folder, a third one waits beside it.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib import import_module
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

CHATS = 300  # of a chain of races: each of them uses up ten or so
CHAIN = 20
_MOST = 9  # parts that a sender gets to send before it is killed
_OVERALL = 200.0  # a second: so that a sender that begins after no kill has few in the air
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


class _Said(io.StringIO):
    """What a life says: that it waits, and that it took over."""

    def __init__(self, trace: _Trace) -> None:
        super().__init__()
        self._trace = trace

    def write(self, text: str) -> int:
        if not self.tell():
            self._trace.note("waits")
        return super().write(text)


async def _life(settings: Settings, socket: Path, trace: _Trace) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    with contextlib.redirect_stderr(_Said(trace)):
        app = await _take(settings, stop)
    if app is None:
        return
    trace.note("open")

    def point(name: str) -> None:
        if name == "door after the answer":
            trace.note("sent")

    app.add_door(SocketDoor(socket, overall=_OVERALL, point=point))
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


class _Stage:
    """A folder that is due, a platform, and the lives on them."""

    def __init__(self, folder: Path, report: Report, *, slowest: float) -> None:
        folder.mkdir(parents=True)
        due_now(folder / "data")
        self.trace = _Trace(folder / "trace")
        self._folder, self._report = folder, report
        self._settings = from_environment({"JIANBAO_DATA": str(folder / "data")}, dotenv=folder / "none")
        self._platform: Platform = start(folder / "s", seed=report.seed, slowest=slowest)
        self._pids: set[int] = set()

    def __enter__(self) -> _Stage:
        return self

    def __exit__(self, *_: object) -> None:
        for pid in self._pids:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        self._platform.stop()
        shutil.rmtree(self._folder)

    def born(self, *, last: Callable[[], None] = lambda: None) -> int:
        """A life of its own; `last` is done when it has ended by itself."""

        def lived() -> None:
            asyncio.run(_life(self._settings, self._folder / "s", self.trace))
            last()

        pid = forked(lived)
        self._pids.add(pid)
        return pid

    def killed(self, pid: int) -> float:
        """When it was."""
        os.kill(pid, signal.SIGKILL)
        at = time.monotonic()
        os.waitpid(pid, 0)
        self._pids.discard(pid)
        return at

    def stopped(self, pid: int) -> None:
        begun = time.monotonic()
        os.kill(pid, signal.SIGTERM)
        _, status = os.waitpid(pid, 0)
        self._pids.discard(pid)
        self._report.stops.append(time.monotonic() - begun)
        if status:
            self._report.bad.append(f"a stop ended with status {status}")

    def compare(self, *, all_of_it: bool) -> None:
        copies: Counter[str] = Counter()
        for (chat, _), count in self._platform.accepted().items():
            copies[chat] += count
        ledger = open_ledger(self._folder / "data", read_only=True)
        rows = {row.chat.id: row for row in ledger.deliveries(limit=10 * CHATS)}
        ledger.close()
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


def _chain(stage: _Stage, races: int, random: Random, report: Report) -> None:
    """In each race the sender dies somewhere in its work, and the one that waits goes on; the last one
    finishes it.
    """
    trace = stage.trace
    stage.born()
    ((sender, _),) = trace.until("open", 1)
    for race in range(1, races + 1):
        other = stage.born()
        trace.until("waits", 1, by=other)
        trace.until("sent", random.randrange(_MOST), by=sender)
        time.sleep(random.random() * 0.01)
        if len(trace.rows("open")) != race:
            report.bad.append("both opened the folder")
        at = stage.killed(sender)
        ((_, opened), *_) = trace.until("open", 1, by=other)
        report.takeovers.append(opened - at)
        ((_, first), *_) = trace.until("sent", 1, by=other)
        report.first.append(first - at)
        report.races += 1
        sender = other
    trace.until("idle", 1, by=sender)
    stage.stopped(sender)
    stage.compare(all_of_it=True)


def _drain(stage: _Stage, report: Report) -> None:
    """Told to stop while slow answers are awaited: what is in flight is settled, the rest stays due."""
    pid = stage.born()
    stage.trace.until("sent", 1)
    stage.stopped(pid)
    stage.compare(all_of_it=False)
    report.races += 1


def _named(names: Path) -> None:
    names.write_text("\n".join(sys.modules))


def _warmed(folder: Path, report: Report) -> None:
    """Import here what a life imports, so that those forked from here need not."""
    names = folder / "modules"
    with _Stage(folder / "scout", report, slowest=0) as stage:
        pid = stage.born(last=lambda: _named(names))
        stage.trace.until("sent", 1, by=pid)
        stage.stopped(pid)
    for name in names.read_text().split("\n"):
        if name not in sys.modules and name != "__main__":
            with contextlib.suppress(ImportError):
                import_module(name)


def run(folder: Path, *, seed: int, races: int, stops: int, timed: bool = True) -> Report:
    """So many kills, in chains, and so many stops with slow answers in the air."""
    catalogue()
    folder.mkdir(parents=True)
    _warmed(folder, Report(seed))
    random, report = Random(seed), Report(seed, timed=timed)
    chains = [min(CHAIN, races - begun) for begun in range(0, races, CHAIN)]
    for number, length in enumerate([*chains, *[0] * stops]):
        try:
            with _Stage(folder / str(number), report, slowest=0.02 if length else 3.0) as stage:
                if length:
                    _chain(stage, length, random, report)
                else:
                    _drain(stage, report)
        except TimeoutError as error:
            report.bad.append(f"chain {number}: {error}")
    return report


def proof(folder: Path, seed: int) -> Iterator[Report]:
    yield run(folder, seed=seed, races=200, stops=10)
