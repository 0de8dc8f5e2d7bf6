"""Proof 3, power: a cut after every write and sync of both memories, in many ways each."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest

from store.aside import Aside
from store.journal import Journal
from store.sqlite import open_ledger
from tests import ledger_life, lives
from tests.ledger_life import NOW
from tests.platter import Platter, Watched

Check = Callable[[Path, int], str]
"""What is wrong with an image when so many writes were confirmed; "" = nothing."""


@dataclass
class Report:
    """What came of one memory's cuts."""

    what: str
    seed: int
    steps: int = 0
    images: int = 0
    bad: list[str] = field(default_factory=list)

    @property
    def wrong(self) -> list[str]:
        return [f"{self.what}: {one}" for one in (*self.bad[:5], *([] if self.images else ["no images"]))]

    def __str__(self) -> str:
        verdict = "ok" if not self.wrong else "FAILED: " + "; ".join(self.wrong)
        return (
            f"power cuts, {self.what}: {self.steps} writes and syncs, {self.images} images,"
            f" unreadable, lost or falsely blamed {len(self.bad)}, seed {self.seed}: {verdict}"
        )


class _Cuts:
    """Lays images out and checks them, while the life that makes them goes on."""

    def __init__(self, report: Report, folder: Path, each: int, every: int, check: Check) -> None:
        self.report, self.folder, self.each, self.every, self.check = report, folder, each, every, check
        self.confirmed = 0
        self._random = Random(report.seed)
        self._seen: set[tuple[int, int]] = set()
        self._busy = False

    def __call__(self, platter: Platter) -> None:
        if self._busy:
            return
        self._busy = True
        try:
            if platter.steps > self.report.steps and platter.steps % self.every == 0:
                confirmed = self.confirmed
                for _ in range(self.each):
                    self._one(platter.image(self._random), confirmed)
            self.report.steps = platter.steps
        finally:
            self._busy = False

    def _one(self, image: dict[str, bytes], confirmed: int) -> None:
        key = hash(tuple(sorted(image.items()))), confirmed
        if key in self._seen:
            return
        self._seen.add(key)
        self.report.images += 1
        where = self.folder / "image"
        where.mkdir(parents=True)
        try:
            for name, data in image.items():
                (where / name).write_bytes(data)
            if wrong := self.check(where, confirmed):
                self.report.bad.append(f"step {self.report.steps}, {confirmed} confirmed: {wrong}")
        except Exception as error:  # noqa: BLE001 - SQLite would swallow it
            self.report.bad.append(f"step {self.report.steps}, {confirmed} confirmed: {error!r}"[:300])
        finally:
            shutil.rmtree(where)


def _at_once(self: Aside, work: Callable[[], object]) -> Iterator[bool]:
    """What is otherwise done beside, done in its turn: the same seed makes the same images."""
    del self
    work()
    yield True


def journal(folder: Path, *, seed: int, each: int, every: int = 1) -> Report:
    """The library's journal and snapshots."""
    report = Report("journal", seed)
    expected = lives.states()

    def check(image: Path, confirmed: int) -> str:
        found = lives.state_in(image)
        if found not in expected[confirmed : confirmed + 2]:
            return f"holds {found}"[:200]
        again = Journal(image / "library.json")
        again.commit([("stories", 9, {"t": "아홉"})])
        again.close()
        return "" if lives.state_in(image)["stories"].pop(9) == {"t": "아홉"} else "does not go on"

    store = folder / "store"
    cuts = _Cuts(report, folder, each, every, check)
    with pytest.MonkeyPatch.context() as patch, Watched(store, after=cuts).watching(patch):
        patch.setattr(Aside, "run", _at_once)
        made = Journal(store / "library.json")

        def confirmed() -> None:
            cuts.confirmed += 1

        lives.live(made, confirmed)
        made.close()
    return report


def ledger(folder: Path, *, seed: int, each: int, every: int = 1) -> Report:
    """The ledger with its log, its sums, its marks of requests, and its epoch."""
    report = Report("ledger", seed)
    steps = ledger_life.life()
    folder.mkdir(parents=True, exist_ok=True)
    expected = ledger_life.states(folder / "states", steps)

    def check(image: Path, confirmed: int) -> str:
        found = ledger_life.state_in(image)
        begun = confirmed >= 0
        if begun and found not in expected[confirmed : confirmed + 2]:
            near = expected[confirmed]
            tables = [name for name in near if near[name] != found.get(name)]
            return f"differs in {tables}: {[found.get(name) for name in tables]}"[:300]
        again = open_ledger(image)
        again.keep_draft("goes on", "x", at=NOW)
        said = again.check()
        again.close()
        after = open_ledger(image)
        kept = after.draft("goes on")
        after.close()
        return (
            f"said {said}"
            if any("changed on disk" in one for one in said)
            else ""
            if kept == "x"
            else "stuck"
        )

    store = folder / "store"
    store.mkdir()
    cuts = _Cuts(report, folder, each, every, check)
    cuts.confirmed = -1
    with pytest.MonkeyPatch.context() as patch, Watched(store, after=cuts).watching(patch):
        made = open_ledger(store)
        cuts.confirmed = 0
        for step in steps:
            step(made)
            cuts.confirmed += 1
        made.close()
    return report


def proof(folder: Path, seed: int) -> Iterator[Report]:
    yield journal(folder / "journal", seed=seed, each=300)
    yield ledger(folder / "ledger", seed=seed, each=20)
