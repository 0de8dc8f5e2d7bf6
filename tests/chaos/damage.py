"""Proof 3, damage: bytes that flip and files that are cut short, in every file of a data folder.

Each is told as refused (does not open, and says so), said (opens, with a notice or all pushes held),
harmless (opens, and everything is there) or silent (something is wrong and nothing says so).
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Literal

from store.errors import StoreError
from store.journal import Journal
from store.sqlite import open_ledger
from store.tiny import open_library
from tests import ledger_life, lives
from tests.build import a_week

Fate = Literal["refused", "said", "harmless", "silent"]
Judge = Callable[[Path], Fate]


@dataclass
class Report:
    """Fates of one file's damages. `bounded` = how many may be silent (a limit that is stated)."""

    what: str
    seed: int
    allowed: float = 0.0
    fates: Counter[Fate] = field(default_factory=Counter)
    first: str = ""
    failed: list[str] = field(default_factory=list)

    @property
    def tried(self) -> int:
        return self.fates.total()

    @property
    def wrong(self) -> list[str]:
        silent = self.fates["silent"]
        found = [f"{self.what}: {one}" for one in self.failed[:3]]
        if silent > self.allowed * self.tried:
            found.append(f"{self.what}: {silent} of {self.tried} silent, the first {self.first}")
        return found if self.tried else [f"{self.what}: nothing tried"]

    def __str__(self) -> str:
        verdict = "ok" if not self.wrong else "FAILED: " + "; ".join(self.wrong)
        told = ", ".join(f"{fate} {self.fates[fate]}" for fate in ("refused", "said", "harmless", "silent"))
        return f"damage, {self.what}: {self.tried} tried, {told}, seed {self.seed}: {verdict}"


def run(report: Report, lived: Path, name: str, changes: Sequence[tuple[str, bytes]], judge: Judge) -> Report:
    """Every change of one file, in a copy of the folder."""
    where = lived.with_name(f"{lived.name}-copy")
    for told, data in changes:
        shutil.copytree(lived, where)
        try:
            (where / name).write_bytes(data)
            fate = judge(where)
            if fate == "silent" and not report.first:
                report.first = told
            report.fates[fate] += 1
        except Exception as error:  # noqa: BLE001 - a traceback is what must not be
            report.failed.append(f"{told}: {error!r}"[:300])
            report.fates["silent"] += 1
        finally:
            shutil.rmtree(where)
    return report


def flips(data: bytes, random: Random, count: int) -> Iterator[tuple[str, bytes]]:
    """One bit or byte of a file changed: every byte when there are few, else drawn."""
    places = range(len(data)) if len(data) <= count else random.sample(range(len(data)), count)
    for place in places:
        changed = bytearray(data)
        changed[place] ^= random.choice((1, 0x80, 0xFF, random.randrange(1, 256)))
        yield f"byte {place}", bytes(changed)


def cuts(data: bytes, random: Random, count: int) -> Iterator[tuple[str, bytes]]:
    """A file that ends too early, or whose end is zeros."""
    for _ in range(count):
        place = random.randrange(len(data))
        yield f"cut at {place}", data[:place]
        yield f"zeros from {place}", data[:place] + bytes(len(data) - place)


# the ledger


def a_ledger(folder: Path) -> ledger_life.State:
    """A folder as a killed process leaves it, with a log, a sealed file and marks in the air."""
    steps = ledger_life.life()
    pid = os.fork()
    if pid == 0:
        ledger = open_ledger(folder)
        for step in steps[:-3]:
            step(ledger)
        for number in range(40):
            ledger.keep_draft(f"draft {number}", "글자 " * 200, at=ledger_life.NOW)
        os._exit(0)
    os.waitpid(pid, 0)
    look = folder.with_name(f"{folder.name}-look")
    shutil.copytree(folder, look)
    found = _ledger_state(look)
    shutil.rmtree(look)
    return found


def _ledger_state(folder: Path) -> ledger_life.State:
    """Rows, and which requests in the air may have gone."""
    ledger = open_ledger(folder)
    found = ledger_life.state_of(ledger)
    found["gone"] = tuple(
        (str(row.chat), row.part, ledger.may_have_gone(row)) for row in ledger.interrupted()
    )
    ledger.close()
    return found


def judge_ledger(expected: ledger_life.State) -> Judge:
    def judge(folder: Path) -> Fate:
        try:
            ledger = open_ledger(folder)
        except StoreError:
            return "refused"
        try:
            said = bool(ledger.check() or ledger.holds())
            found = ledger_life.state_of(ledger)
            found["gone"] = tuple(
                (str(row.chat), row.part, ledger.may_have_gone(row)) for row in ledger.interrupted()
            )
            for row in expected["gone"]:  # "it may have gone" of one that had not is no loss
                if row[2] is False and (*row[:2], True) in found["gone"]:
                    found["gone"] = expected["gone"]
        except StoreError:
            return "refused"
        finally:
            ledger.close()
        return "said" if said else "harmless" if found == expected else "silent"

    return judge


def ledger(folder: Path, *, seed: int, count: int) -> Iterator[Report]:
    """`count` flips in each of the two large files, every byte of the small ones."""
    random = Random(seed)
    lived = folder / "ledger"
    expected = a_ledger(lived)
    judge = judge_ledger(expected)
    for name in ("ledger.sqlite", "ledger.sqlite-wal", "ledger.sums", "ledger.go", "epoch"):
        data = (lived / name).read_bytes()
        changes = list(flips(data, random, count if len(data) > 4096 else min(count, len(data))))
        yield run(Report(f"flips in {name}", seed), lived, name, changes, judge)
    for name in ("ledger.sqlite", "ledger.sums"):
        data = (lived / name).read_bytes()
        yield run(
            Report(f"{name} cut short", seed),
            lived,
            name,
            list(cuts(data, random, max(2, count // 20))),
            judge,
        )
    for name in ("ledger.sqlite-wal", "ledger.go"):
        data = (lived / name).read_bytes()
        report = Report(f"{name} cut short", seed, allowed=1.0)  # as a power cut leaves it: docs/delivery.md
        yield run(report, lived, name, list(cuts(data, random, max(2, count // 20))), judge)


# the journal


def judge_journal(expected: lives.State) -> Judge:
    def judge(folder: Path) -> Fate:
        try:
            journal = Journal(folder / "library.json")
        except StoreError:
            return "refused"
        try:
            said, found = bool(journal.notices()), lives.state_of(journal)
        except StoreError:
            return "refused"
        finally:
            journal.close()
        return "harmless" if found == expected else "said" if said else "silent"

    return judge


def journal(folder: Path, *, seed: int, count: int) -> Iterator[Report]:
    """`harmless` are also those that were mended; nothing that was lost may go unsaid."""
    random = Random(seed)
    lived = lives.a_lived_folder(folder / "journal")
    judge = judge_journal(lives.states()[-1])
    for path in sorted(lived.glob("library.*j*")):
        data = path.read_bytes().rstrip(b"\0")
        changes = [
            one for _ in range(max(1, count // max(len(data), 1))) for one in flips(data, random, count)
        ]
        yield run(Report(f"flips in {path.name}", seed), lived, path.name, changes, judge)
        if path.suffix == ".journal":
            zeros = [(told, cut) for told, cut in cuts(data, random, max(2, count // 20))]
            # The end of a journal is what a power cut may take: the last lines were then never confirmed.
            report = Report(f"{path.name} cut short", seed, allowed=1.0)
            yield run(report, lived, path.name, zeros, judge)


# the index


def judge_index(expected: Sequence[Any]) -> Judge:
    def judge(folder: Path) -> Fate:
        try:
            library = open_library(folder)
        except StoreError:
            return "refused"
        try:
            found = _searched(library)
        finally:
            library.close()
        return "harmless" if found == expected else "silent"

    return judge


def _searched(library: Any) -> list[Any]:
    return [
        [hit.story.id for hit in library.search(word, limit=50).hits]
        for word in ("story", "one", "메이투안", "w47-3")
    ]


def index(folder: Path, *, seed: int, count: int) -> Iterator[Report]:
    random = Random(seed)
    lived = folder / "index"
    library = open_library(lived)
    for week in range(30, 48):
        library.put_edition(*a_week(f"2026-W{week}", 5))
    while library.compact(seconds=1):
        pass
    expected = _searched(library)
    library.close()
    data = (lived / "search.sqlite").read_bytes()
    report = Report("flips in search.sqlite", seed, allowed=0.2)
    yield run(report, lived, "search.sqlite", list(flips(data, random, count)), judge_index(expected))


def proof(folder: Path, seed: int) -> Iterator[Report]:
    folder.mkdir(parents=True)
    yield from journal(folder, seed=seed, count=2500)
    yield from ledger(folder, seed=seed, count=3700)
    yield from index(folder, seed=seed, count=500)
