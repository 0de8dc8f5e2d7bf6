"""Proof 2: one whole cycle, import to settled, killed once at every one of its fail points."""

from __future__ import annotations

import os
import shutil
import signal
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos.kills import Plan, Policy, Report, compare, forked
from tests.chaos.platform import start
from tests.chaos.sender import Clock, catalogue, found, live, prepare

CHATS, PARTS = 2, 2


@dataclass
class Points:
    """What a policy's cycle came to: how many points, and which of them broke a promise."""

    policy: Policy
    count: int = 0
    killed: int = 0
    unknown: int = 0
    duplicates: int = 0
    kinds: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        verdict = "ok" if not self.wrong else "FAILED: " + "; ".join(self.wrong[:5])
        return (
            f"fail points {self.policy}: {self.count} points of {len(self.kinds)} kinds, killed at"
            f" {self.killed}, unknown {self.unknown} duplicates {self.duplicates}: {verdict}"
        )


def run(policy: Policy, folder: Path, *, every: int = 1) -> Points:
    """Kill at each point (or each `every`th), let the next life finish, and compare."""
    catalogue()
    folder.mkdir(parents=True)
    told = Points(policy)
    names = _cycle(folder / "count", policy, None, told)
    told.count, told.kinds = len(names), set(names)
    for nth in range(1, told.count + 1, every):
        _cycle(folder / str(nth), policy, nth, told)
        shutil.rmtree(folder / str(nth))
    return told


def _cycle(folder: Path, policy: Policy, nth: int | None, told: Points) -> list[str]:
    """One folder, one life killed at its nth point (None = none), and one that ends by itself."""
    folder.mkdir()
    chats = prepare(folder, chats=CHATS, parts=PARTS, policy=policy, published=False)
    Clock.begin(folder)
    platform = start(folder / "s", seed=1, slowest=0)
    trace = folder / "points"
    try:
        first = _waited(forked(lambda: _live(folder, trace, nth)))
        if first == 0:
            names = trace.read_text().split("\n")[:-1]
            if nth is not None:  # later points depend on time: this life had fewer of them
                return names
        elif first != signal.SIGKILL:
            told.wrong.append(f"point {nth}: the life ended with status {first}")
        told.killed += first == signal.SIGKILL
        if first:
            second = _waited(forked(lambda: _live(folder, trace, None)))
            if second:
                told.wrong.append(f"point {nth}: the next life ended with status {second}")
        accepted = platform.accepted()
    finally:
        platform.stop()
    due = [(chat.id, part) for chat in chats for part in range(PARTS)]
    report = Report(Plan(chats=CHATS, parts=PARTS, kills=int(nth is not None), policy=policy))
    report.kills = report.plan.kills
    compare(report, due, accepted, found(folder), in_flight=CHATS - 1)
    told.unknown += report.unknown
    told.duplicates += report.duplicates
    told.wrong += [f"point {nth}: {wrong}" for wrong in report.wrong]
    return trace.read_text().split("\n")[:-1]


def _live(folder: Path, trace: Path, nth: int | None) -> None:
    left = -1 if nth is None else nth
    with trace.open("w") as names:

        def point(name: str) -> None:
            nonlocal left
            names.write(f"{name}\n")
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

        live(folder, folder / "s", overall=1_000_000, point=point)


def _waited(pid: int) -> int:
    """0, or the signal or exit status of a child."""
    _, status = os.waitpid(pid, 0)
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
