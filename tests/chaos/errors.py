"""Proof 3, errors: no space, and an I/O error, at every write, sync and rename of both memories."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from store.errors import StoreError
from store.journal import Journal
from store.sqlite import open_ledger
from tests import ledger_life, lives
from tests.platter import Watched


@dataclass
class Report:
    """What came of one memory with one kind of error: `refused` lives were told of it."""

    what: str
    places: int = 0
    refused: int = 0
    bad: list[str] = field(default_factory=list)

    @property
    def wrong(self) -> list[str]:
        return [f"{self.what}: {one}" for one in (*self.bad[:5], *([] if self.places else ["no places"]))]

    def __str__(self) -> str:
        verdict = "ok" if not self.wrong else "FAILED: " + "; ".join(self.wrong)
        return (
            f"errors, {self.what}: at each of {self.places} places, {self.refused} told,"
            f" lost or unreadable {len(self.bad)}: {verdict}"
        )


class _Fault:
    """Fails the call of this number; with `on`, every one from it on."""

    def __init__(self, number: int, code: int, *, on: bool) -> None:
        self.left, self.code, self.on = number, code, on
        self.failed = ""

    def __call__(self, what: str, name: str) -> int:
        self.left -= 1
        if self.left == 0 or (self.on and self.left < 0):
            self.failed = self.failed or f"{what} {name}"
            return self.code
        return 0


Life = Callable[[Path, Callable[[], None]], None]
"""Lives in a folder, and calls after each write that was confirmed. Raises StoreError."""


def run(what: str, life: Life, check: Callable[[Path, int], str], folder: Path, *, every: int = 1) -> Report:
    """Each place once, failing once and failing from then on."""
    report = Report(what)
    for code in (errno.ENOSPC, errno.EIO):
        for on in (False, True):
            number = 1
            while _once(report, life, check, folder / "x", _Fault(number, code, on=on)):
                number += every
    return report


def _once(report: Report, life: Life, check: Callable[[Path, int], str], folder: Path, fault: _Fault) -> bool:
    """One life; False when it ended before its place came."""
    confirmed = -1
    place = fault.left

    def note() -> None:
        nonlocal confirmed
        confirmed += 1

    folder.mkdir(parents=True)
    try:
        with pytest.MonkeyPatch.context() as patch, Watched(folder, fault=fault).watching(patch):
            try:
                life(folder, note)
            except StoreError:
                report.refused += 1
        if not fault.failed:
            return False
        report.places += 1
        if wrong := check(folder, confirmed):
            report.bad.append(f"{errno.errorcode[fault.code]} at {place} ({fault.failed}): {wrong}"[:400])
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told with its place
        report.bad.append(f"{errno.errorcode[fault.code]} at {place} ({fault.failed}): {error!r}"[:400])
    finally:
        shutil.rmtree(folder)
    return True


def journal(folder: Path, *, every: int = 1) -> Report:
    expected = lives.states()

    def life(where: Path, note: Callable[[], None]) -> None:
        made = Journal(where / "library.json")
        note()
        try:
            lives.live(made, note)
        finally:
            made.close()

    def check(where: Path, confirmed: int) -> str:
        found = lives.state_in(where)
        return "" if found in expected[max(confirmed, 0) : max(confirmed, 0) + 2] else f"holds {found}"

    return run("journal", life, check, folder, every=every)


def ledger(folder: Path, *, every: int = 1) -> Report:
    steps = ledger_life.life()
    folder.mkdir(parents=True)
    expected = ledger_life.states(folder / "states", steps)

    def life(where: Path, note: Callable[[], None]) -> None:
        made = open_ledger(where)
        note()
        try:
            for step in steps:
                step(made)
                note()
        finally:
            made.close()

    def check(where: Path, confirmed: int) -> str:
        found = ledger_life.state_in(where)
        if confirmed >= 0 and found not in expected[confirmed : confirmed + 2]:
            near = expected[confirmed]
            return f"differs in {[name for name in near if near[name] != found.get(name)]}"
        ledger_life.state_in(where)
        return ""

    return run("ledger", life, check, folder, every=every)


def proof(folder: Path) -> Iterator[Report]:
    yield journal(folder / "journal")
    yield ledger(folder / "ledger", every=3)
