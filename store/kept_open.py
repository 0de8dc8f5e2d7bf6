"""Reading a file beside SQLite, which has it open in this very process, without hurting it.

Closing any descriptor of a file lets go of every POSIX lock that the process has on it, SQLite's too
(https://www.sqlite.org/howtocorrupt.html, 2.2). The next process that looks in then takes itself for
the first one, and cuts the log's index to nothing under the one that is using it: SIGBUS. So while
SQLite has a file open, what reads it or its companions here is opened once and closed after SQLite.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

_COMPANIONS = ("-wal", "-shm")


@dataclass
class _Held:
    """`count` connections of this process to one file; descriptors by name, and those of files that
    have been replaced since.
    """

    count: int = 0
    open: dict[str, int] = field(default_factory=dict)
    replaced: list[int] = field(default_factory=list)


_HELD: dict[str, _Held] = {}


def hold(file: Path) -> None:
    """A connection to `file` is about to be opened."""
    _HELD.setdefault(str(file.absolute()), _Held()).count += 1


def let_go(file: Path) -> None:
    """A connection to `file` has been closed; with the last one its descriptors are."""
    name = str(file.absolute())
    held = _HELD[name]
    held.count -= 1
    if not held.count:
        del _HELD[name]
        for descriptor in (*held.open.values(), *held.replaced):
            os.close(descriptor)


@contextmanager
def descriptor(path: Path) -> Iterator[int]:
    """A descriptor to os.pread from; its offset is anybody's. Raises OSError."""
    held = _HELD.get(_owner(path))
    if held is not None:
        yield _kept(held, path)
        return
    found = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        yield found
    finally:
        os.close(found)


def content(path: Path) -> bytes:
    """The whole file. Raises OSError."""
    with descriptor(path) as found:
        return os.pread(found, os.fstat(found).st_size, 0)


def _owner(path: Path) -> str:
    """The SQLite file that a file belongs to."""
    name = str(path.absolute())
    for ending in _COMPANIONS:
        name = name.removesuffix(ending)
    return name


def _kept(held: _Held, path: Path) -> int:
    there = path.stat()
    found = held.open.get(path.name)
    if found is not None:
        ours = os.fstat(found)
        if (ours.st_ino, ours.st_dev) == (there.st_ino, there.st_dev):
            return found
        held.replaced.append(found)
    held.open[path.name] = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    return held.open[path.name]
