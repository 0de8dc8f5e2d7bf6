"""Proof 1: thousands of chats, hundreds of SIGKILLs at random moments."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Literal

from handlers.door import Rates
from handlers.heads import in_flight
from store.model import DeliveryState
from tests.chaos.platform import Accepted, Platform, start
from tests.chaos.sender import Clock, Found, catalogue, found, live, prepare

Policy = Literal["at_most_once", "at_least_once"]


@dataclass(frozen=True)
class Plan:
    """One run. `cold` = the killed process starts a fresh interpreter each time."""

    chats: int = 10_000
    parts: int = 1
    kills: int = 200
    policy: Policy = "at_most_once"
    seed: int = 1
    overall: float = 1000
    cold: bool = False
    slowest: float = 0.003


@dataclass
class Report:
    """What came of a run; `wrong` says which promise was broken."""

    plan: Plan
    kills: int = 0
    seconds: float = 0.0
    lost: int = 0
    duplicates: int = 0
    most_copies: int = 0
    unknown: int = 0
    unsaid: int = 0
    copies: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        plan = self.plan
        start = "cold" if plan.cold else "warm"
        verdict = "ok" if not self.wrong else "FAILED: " + "; ".join(self.wrong)
        return (
            f"kills {plan.policy} {start}: chats {plan.chats} parts {plan.parts} kills {self.kills}"
            f" lost {self.lost} duplicates {self.duplicates} most copies {self.most_copies}"
            f" unknown {self.unknown} in {self.seconds:.1f} s seed {plan.seed}: {verdict}"
        )


def run(plan: Plan, folder: Path, *, until: float = float("inf")) -> Report:
    """Kill as planned, let the last life end by itself, and compare all with the server's counts."""
    catalogue()
    folder.mkdir(parents=True)
    chats = prepare(folder, chats=plan.chats, parts=plan.parts, policy=plan.policy)
    Clock.begin(folder)
    platform = start(folder / "s", seed=plan.seed, slowest=plan.slowest)
    report = Report(plan)
    try:
        begun = time.monotonic()
        report.kills = _Lives(plan, folder, platform, until).run()
        report.seconds = time.monotonic() - begun
        accepted = platform.accepted()
    finally:
        platform.stop()
    due = [(chat.id, part) for chat in chats for part in range(plan.parts)]
    at_once = in_flight(Rates(overall=plan.overall, per_chat=1))
    compare(report, due, accepted, found(folder), in_flight=at_once)
    return report


class _Lives:
    """Life after life, each killed at a random moment, until the kills are used up."""

    def __init__(self, plan: Plan, folder: Path, platform: Platform, until: float) -> None:
        self._plan, self._folder, self._platform, self._until = plan, folder, platform, until
        self._random = Random(plan.seed)
        self._lived = 0.0

    def run(self) -> int:
        kills = 0
        while True:
            pid = self._born()
            span = self._span(kills) if kills < self._plan.kills else None
            begun = time.monotonic()
            if _ended(pid, span, self._until):
                return kills
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            self._lived += time.monotonic() - begun
            kills += 1

    def _span(self, kills: int) -> float:
        """Seconds to live: drawn so that the kills spread over the run, and none is left over at its
        end (the pace counts the starts, so that a life gets further than it says).
        """
        total = self._plan.chats * self._plan.parts
        accepted = self._platform.total()
        start = 0.6 if self._plan.cold else 0.02
        pace = accepted / self._lived if accepted > 50 else total / (self._plan.kills * 0.15)
        left = max(total - accepted, 0)
        share = left * 0.5 / max(self._plan.kills - kills, 1)
        span = start * self._random.random() + 2 * self._random.random() * min(share / pace, 5.0)
        # A cold start's pace is mostly starting: what is left may go out before a life's share is over.
        return min(span, 0.1 + 0.8 * left / self._plan.overall) if self._plan.cold else span

    def _born(self) -> int:
        """A process that runs one life."""
        if self._plan.cold:
            command = [sys.executable, "-m", "tests.chaos.sender", str(self._folder)]
            command += [str(self._folder / "s"), str(self._plan.overall)]
            return subprocess.Popen(command, stdout=subprocess.DEVNULL).pid
        return forked(lambda: live(self._folder, self._folder / "s", overall=self._plan.overall))


def forked(life: Callable[[], None]) -> int:
    """Run it in a fork of this process, which has everything imported; 0 is its exit code when it
    ends well.
    """
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        life()
        code = 0
    except BaseException:  # noqa: BLE001 - a fork must never go on as its parent
        import traceback

        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _ended(pid: int, span: float | None, until: float) -> bool:
    """Wait that long; whether it ended by itself. A life that fails by itself is an error of ours."""
    end = min(until, float("inf") if span is None else time.monotonic() + span)
    while True:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            if status:
                raise RuntimeError(f"a life ended by itself with status {status}")
            return True
        left = end - time.monotonic()
        if left <= 0:
            if time.monotonic() >= until:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
                raise TimeoutError("the time is over")
            return False
        time.sleep(min(left, 0.01))


def compare(
    report: Report,
    due: list[tuple[str, int]],
    accepted: Accepted,
    ledger: Found,
    *,
    in_flight: int,
) -> None:
    """Every part that was due against what the server accepted and what the ledger says."""
    copies = Counter({(chat, int(part.split(" ", 1)[0])): n for (chat, part), n in accepted.items()})
    plan = report.plan
    for key in due:
        row = ledger.rows.get(key)
        state = row.state if row is not None else None
        report.copies[copies[key]] += 1
        if not copies[key] and state is not DeliveryState.UNKNOWN:
            report.lost += 1
        report.unsaid += state not in {DeliveryState.SENT, DeliveryState.UNKNOWN}
    report.duplicates = sum((n - 1) * many for n, many in report.copies.items() if n > 1)
    report.most_copies = max(report.copies)
    report.unknown = ledger.unknown()
    room = report.kills + in_flight
    checks = {
        f"lost {report.lost}": report.lost == 0,
        f"{report.unsaid} parts neither sent nor told as unknown": report.unsaid == 0,
        f"{report.kills} kills instead of {plan.kills}": report.kills == plan.kills,
        "something was accepted that was not due": set(copies) <= set(due),
    }
    if plan.policy == "at_least_once":
        checks[f"duplicates above {room}"] = report.duplicates <= room
        checks["more than two copies"] = report.most_copies <= 2
    else:
        checks["duplicates"] = report.duplicates == 0
        checks[f"unknown above {room}"] = report.unknown <= room
    report.wrong += [name for name, held in checks.items() if not held]
