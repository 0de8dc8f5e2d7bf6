"""Which texts share many of their pieces: MinHash with locality-sensitive hashing, by rensa."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

_PERMUTATIONS, _SEED, _BANDS, _LIKELY = 64, 47, 16, 0.3


class Near:
    """Texts by number. Finds candidates only: some that share a third of their pieces, most that do half."""

    def __init__(self) -> None:
        from rensa import RMinHashLSH

        self._index: Any = RMinHashLSH(_LIKELY, _PERMUTATIONS, _BANDS)

    def insert(self, number: int, pieces: Collection[str]) -> None:
        self._index.insert(number, _hashed(pieces))

    def query(self, pieces: Collection[str]) -> tuple[int, ...]:
        """Numbers of texts that may be near, each once, in no promised order."""
        return tuple(dict.fromkeys(self._index.query(_hashed(pieces))))

    def remove(self, number: int) -> None:
        self._index.remove(number)


def likeness(one: Collection[str], other: Collection[str]) -> float:
    """MinHash's estimate of the share of pieces that two texts have in common."""
    return float(_hashed(one).jaccard(_hashed(other)))


def _hashed(pieces: Collection[str]) -> Any:
    from rensa import RMinHash

    made = RMinHash(_PERMUTATIONS, _SEED)
    made.update(sorted(pieces))
    return made
