"""python -m tests.chaos [--seed N] [--proof K]... [--minutes M]: the long proofs of the push.

Each line tells one run, with its seed; the last line is the summary. Exit code 1 when a promise
was broken, or the time was over. The same seed draws the same moments again.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from tests.chaos import (
    budget,
    cuts,
    damage,
    errors,
    failpoints,
    fuzz,
    inbound,
    kills,
    poison,
    shapes,
    standby,
    storm,
    zones,
)

_POLICIES: tuple[kills.Policy, ...] = ("at_most_once", "at_least_once")


class Told(Protocol):
    """What a run came to, as a line; `wrong` says which promises were broken."""

    @property
    def wrong(self) -> list[str]: ...


Proof = Callable[[Path, int, float], Iterator[Told]]


def _kills(folder: Path, seed: int, until: float) -> Iterator[Told]:
    for policy in _POLICIES:
        yield kills.run(kills.Plan(policy=policy, seed=seed), folder / policy, until=until)
    for policy in _POLICIES:
        cold = kills.Plan(policy=policy, seed=seed, chats=2000, kills=20, cold=True)
        yield kills.run(cold, folder / f"{policy}-cold", until=until)
    parts = kills.Plan(policy="at_least_once", seed=seed, chats=500, parts=3, kills=50)
    yield kills.run(parts, folder / "parts", until=until)


def _points(folder: Path, seed: int, until: float) -> Iterator[Told]:
    del seed, until
    for policy in _POLICIES:
        yield failpoints.run(policy, folder / policy)


def _budget(folder: Path, seed: int, until: float) -> Iterator[Told]:
    del until
    for overall in (30, 1000):
        where = folder / str(overall)
        yield budget.run(where, overall=overall, chats=10_000, seed=seed)


def _disk(folder: Path, seed: int, until: float) -> Iterator[Told]:
    del until
    yield from cuts.proof(folder / "cuts", seed)
    yield from errors.proof(folder / "errors")
    yield from damage.proof(folder / "damage", seed)


def _poison(folder: Path, seed: int, until: float) -> Iterator[Told]:
    del seed, until
    yield from poison.proof(folder)


def _standby(folder: Path, seed: int, until: float) -> Iterator[Told]:
    del until
    yield from standby.proof(folder, seed)


def _zones(folder: Path, seed: int, until: float) -> Iterator[Told]:
    del until
    yield from zones.proof(folder, seed)


def _storm(folder: Path, seed: int, until: float) -> Iterator[Told]:
    del until
    yield from storm.proof(folder, seed)


_PROOFS: dict[int, Proof] = {
    1: _kills,
    2: _points,
    3: _disk,
    4: shapes.proof,
    5: inbound.proof,
    6: _budget,
    7: fuzz.proof,
    9: _standby,
    10: _zones,
    11: _storm,
    12: _poison,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--proof", type=int, choices=sorted(_PROOFS), action="append")
    parser.add_argument("--minutes", type=float, default=45)
    options = parser.parse_args()
    begun = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="jianbao-chaos-"))
    told: list[Told] = []
    broken: list[str] = []
    try:
        for number in options.proof or sorted(_PROOFS):
            until = begun + options.minutes * 60
            try:
                for one in _PROOFS[number](folder / str(number), options.seed, until):
                    told.append(one)
                    broken += one.wrong
                    _say(str(one))
            except (RuntimeError, TimeoutError) as error:
                broken.append(f"proof {number}: {error}")
                _say(broken[-1])
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    verdict = f"{len(broken)} promises broken" if broken else "every promise kept"
    took = time.monotonic() - begun
    _say(f"chaos: {len(told)} runs, {verdict}, seed {options.seed}, {took:.0f} s")
    return 1 if broken else 0


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
