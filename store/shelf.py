"""Where each document lies: one whole number a document, so that a hundred thousand fit in 12 MB.

A document's address is slot << 60 | offset << 24 | length; a slot is an open file. The documents
themselves stay in their files. Dicts of whole numbers are invisible to the garbage collector.
"""

from __future__ import annotations

import os
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence

LONGEST = (1 << 24) - 1  # bytes a document
_FILES = 60
_PLACE = (1 << _FILES) - 1


class Shelf:
    """Addresses of documents by table and id, and the files they point into."""

    def __init__(self) -> None:
        self._live: dict[str, dict[int, int]] = {}
        self._top: dict[str, int] = {}
        self._files: dict[int, int] = {}

    def add_file(self, fd: int) -> int:
        """Take over an open file; returns its slot."""
        slot = max(self._files, default=0) + 1
        self._files[slot] = fd
        return slot

    def fd(self, slot: int) -> int:
        return self._files[slot]

    def put(self, table: str, key: int, slot: int, offset: int, length: int) -> None:
        """A document now lies there; length 0 = it is gone."""
        live = self._live.setdefault(table, {})
        self._top[table] = max(self._top.get(table, 0), key)
        if length:
            live[key] = slot << _FILES | offset << 24 | length
        else:
            live.pop(key, None)

    def bytes_of(self, table: str, key: int) -> bytes | None:
        """A document's JSON, None if there is none."""
        address = self.ids(table).get(key)
        if address is None:
            return None
        return os.pread(self._files[address >> _FILES], address & LONGEST, (address & _PLACE) >> 24)

    def tables(self) -> tuple[str, ...]:
        return tuple(self._live)

    def ids(self, table: str) -> Mapping[int, int]:
        """A table's ids with their addresses, oldest first."""
        return self._live.get(table, {})

    def next_id(self, table: str) -> int:
        """An id greater than any this table is known to have held."""
        return self._top.get(table, 0) + 1

    def move(
        self, table: str, keys: Sequence[int], places: array[int], slot: int, *, but: int
    ) -> Iterator[bool]:
        """Let documents lie at `places` (offset << 24 | length) of `slot`, those in slot `but` excepted."""
        live = self._live.get(table, {})
        for key, place in zip(keys, places, strict=True):
            address = live.get(key)
            if address is not None and address >> _FILES != but:
                live[key] = slot << _FILES | place
            yield False

    def close(self, *, but: Iterable[int] = ()) -> None:
        """Close every file but those in the slots `but`."""
        for slot in self._files.keys() - set(but):
            os.close(self._files.pop(slot))


class Changes:
    """The commits since a snapshot: `mark` names the present state, `base` that of the snapshot."""

    def __init__(self) -> None:
        self.mark = self.base = "start"
        self._made: dict[str, list[tuple[str, int]]] = {}  # mark -> what that commit changed

    def __len__(self) -> int:
        return len(self._made)

    def begin(self, mark: str) -> None:
        """Nothing but a snapshot is known yet."""
        self.mark = self.base = mark

    def add(self, mark: str, keys: list[tuple[str, int]]) -> None:
        self.mark = mark
        self._made[mark] = keys

    def since(self, mark: str) -> list[tuple[str, int]] | None:
        """What was changed after `mark`, oldest first; None when it is older than the snapshot."""
        found: list[tuple[str, int]] = []
        for made, keys in reversed(self._made.items()):
            if made == mark:
                return found[::-1]
            found += reversed(keys)
        return found[::-1] if mark == self.base else None

    def rebase(self, mark: str) -> Iterator[bool]:
        """A newer snapshot's mark is the base from now on: forget what is older, step by step."""
        self.base = mark
        for made in list(self._made):
            if mark not in self._made:
                return
            del self._made[made]
            yield False
