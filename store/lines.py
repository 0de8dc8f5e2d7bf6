"""One journal file: lines that carry their CRC and number, appended durably or not at all.

The first line is [generation,schema,"journal"]; each other one is numbered one more than that
before it. What is not so was changed by somebody else: one byte is mended, an unfinished end is
cut off (its writer was never told that it was kept), anything more is StoreDamaged. After the last
line come zeros: room written beforehand, so that a sync need not wait for the file to grow as well.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from store.errors import StoreDamaged, StoreFull
from store.folder import sync_folder
from store.mend import entry, line, mend
from store.snapshot import write_all

_ROOM = 1 << 17  # bytes of zeros written at a time


class Log:
    """An open journal file. `size` counts the bytes that are whole and confirmed.

    What a person should know is added to `notices`.
    """

    def __init__(self, path: Path, notices: list[str], *, read_only: bool = False) -> None:
        self.path, self.notices, self.read_only = path, notices, read_only
        self.size = self.schema = 0
        self.fd = os.open(path, os.O_RDONLY if read_only else os.O_RDWR)
        self._room = 0  # bytes of the file, zeros included
        self.broken = ""  # why nothing may be appended any more

    @classmethod
    def create(cls, path: Path, notices: list[str], *, generation: int, schema: int) -> Log:
        """A new journal with its first line, on disk when this returns. Raises OSError."""
        header = line(b'[%d,%d,"journal"]' % (generation, schema))
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            write_all(fd, header.ljust(_ROOM, b"\0"), 0)
            os.fsync(fd)
            sync_folder(path.parent)
        finally:
            os.close(fd)
        log = cls(path, notices)
        log.size, log.schema, log._room = len(header), schema, _ROOM
        return log

    def append(self, row: bytes) -> int:
        """Write and sync one line; returns where it ends. Undone when it raises StoreFull."""
        if self.broken or self.read_only:
            raise StoreFull(path=self.path, detail=self.broken or "it is open for reading only")
        grown = max(self._room, self.size + len(row))
        if grown > self._room:
            grown += _ROOM
        try:
            write_all(self.fd, row.ljust(grown - self.size, b"\0") if grown > self._room else row, self.size)
        except OSError as error:
            try:
                self._cut()
            except OSError as second:
                self.broken = f"a failed write could not be undone ({second}): start again"
            raise StoreFull(path=self.path, detail=error) from error
        try:
            os.fdatasync(self.fd)
        except OSError as error:  # what the disk holds now is unknown, and a second sync may lie
            with suppress(OSError):
                os.ftruncate(self.fd, self.size)  # it may come back all the same
            self.broken = f"the disk did not confirm a write ({error}): start again"
            raise StoreFull(path=self.path, detail=error) from error
        self.size, self._room = self.size + len(row), grown
        return self.size

    def entries(self, generation: int, sequence: int) -> Iterator[tuple[list[Any], bytes]]:
        """Read every line, as its value and CRC; `sequence` is the number of the last commit before.

        `size` is the end of the line that was yielded last. An empty or unfinished file yields less.
        """
        self._room = os.fstat(self.fd).st_size
        data, expected = bytearray(os.pread(self.fd, self._room, 0).rstrip(b"\0")), generation
        while self.size < len(data):
            start, end = self.size, data.find(b"\n", self.size)
            found = entry(data, start, end)
            if found is not None and found[0] == expected:
                expected = expected + 1 if start else sequence + 1
                self.schema = self.schema if start else found[1]
                self.size = end + 1
                yield found, bytes(data[start : start + 8])
            elif end < 0 and entry(data, start, len(data)) is not None:  # whole but for its newline
                data.append(0)
                self._mend(data, len(data) - 1, 10)
            elif (changed := mend(data, start, expected)) is not None:
                self._mend(data, *changed)
            elif found is None and end in (-1, len(data) - 1):
                return self._drop(bytes(data[start:]))
            else:
                row = data.count(b"\n", 0, start) + 1
                raise StoreDamaged(
                    path=self.path, detail=f"line {row}: not one changed byte but more, or a line lost"
                )
        return None

    def _mend(self, data: bytearray, place: int, byte: int) -> None:
        self.notices.append(
            f"{self.path.name}: byte {place} had changed from {byte:#04x} to {data[place]:#04x}; mended."
        )
        data[place] = byte
        if not self.read_only:
            write_all(self.fd, bytes([byte]), place)
            os.fdatasync(self.fd)

    def _drop(self, torn: bytes) -> None:
        """Cut off an end that was never confirmed; kept beside when it looks like a whole line."""
        if self.read_only:  # a writer may be in the middle of it
            return
        said = f"{self.path.name}: {len(torn)} bytes of a write cut short and never confirmed are taken off"
        if torn.endswith(b"\n"):
            aside = self.path.with_name(f"{self.path.name}.torn-{self.size}")
            aside.write_bytes(torn)
            said += f" and kept as {aside.name}"
        self.notices.append(f"{said}.")
        self._cut()

    def _cut(self) -> None:
        os.ftruncate(self.fd, self.size)
        os.fdatasync(self.fd)
        self._room = self.size
