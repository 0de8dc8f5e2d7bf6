"""python -m tests.chaos [--seed N] [--proof K]... [--minutes M]: the long proofs of the push.

Each line tells one run, with its seed; the last line is the summary. Exit code 1 when a promise
was broken, or the time was over. The same seed draws the same moments again. Two proofs run at a
time, but for those that measure time.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from tests.chaos import (
    addresses,
    beside,
    budget,
    cuts,
    damage,
    errors,
    failpoints,
    fuzz,
    inbound,
    kills,
    poison,
    poisoned_feeds,
    shapes,
    standby,
    storm,
    whole,
    zones,
)
from tests.chaos.sender import catalogue

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
        cold = kills.Plan(policy=policy, seed=seed, chats=5000, kills=20, cold=True)
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
    13: poisoned_feeds.proof,
    14: addresses.proof,
    15: whole.proof,
}


_ALONE = {1, 9}  # they promise seconds
_FIRST = (3, 10, 7, 5)  # the longest, so that the two cores end together
_MEMORY = Path("/dev/shm")


def _turn(number: int) -> tuple[bool, int]:
    """Those that measure time come last, the longest of the others first."""
    return number in _ALONE, _FIRST.index(number) if number in _FIRST else len(_FIRST) + number


def _folder(number: int) -> Path:
    """Where a proof works: images of disks are looked at in memory where there is room for them."""
    room = number == 3 and _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > 1 << 29
    return Path(tempfile.mkdtemp(prefix="jianbao-chaos-", dir=_MEMORY if room else None))


def _proved(number: int, seed: int, until: float) -> Iterator[beside.Line]:
    folder = _folder(number)
    begun = time.monotonic()
    try:
        for one in _PROOFS[number](folder / str(number), seed, until):
            yield beside.Line(str(one), tuple(one.wrong))
    except (RuntimeError, TimeoutError) as error:
        yield beside.Line(f"proof {number}: {error}", (f"proof {number}: {error}",))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    yield beside.Line(f"proof {number}: {time.monotonic() - begun:.0f} s")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--proof", type=int, choices=sorted(_PROOFS), action="append")
    parser.add_argument("--minutes", type=float, default=45)
    options = parser.parse_args()
    begun = time.monotonic()
    until = begun + options.minutes * 60
    catalogue()  # read once, for all
    broken: list[str] = []
    runs = 0
    wanted = sorted(options.proof or _PROOFS, key=_turn)
    at_once = min(2, os.cpu_count() or 1)
    proofs = beside.told(
        wanted, lambda number: _proved(number, options.seed, until), alone=_ALONE, at_once=at_once
    )
    for line in proofs:
        runs += not line.text.startswith("proof ")
        broken += line.wrong
        _say(line.text)
    took = time.monotonic() - begun
    if took > options.minutes * 60:
        broken.append(f"it took {took / 60:.0f} minutes")
    verdict = f"{len(broken)} promises broken" if broken else "every promise kept"
    _say(f"chaos: {runs} runs, {verdict}, seed {options.seed}, {took:.0f} s")
    return 1 if broken else 0


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
