"""The file of a snapshot: TinyDB's JSON, one document a line, so that a line's place is an address.

    {
    "stories":{
    "1":{...},
    "2":{...}
    },
    "_snapshot":{
    "1":{"generation":3,"sequence":57,"mark":"57:09ab12cd","schema":1,"crc":"7f00aa01"}
    }
    }

The CRC covers every byte before its eight digits, so the numbers too. A file that another program
wrote is read as well: `how` tells, and it comes back laid out as above, in a file without a name.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from zlib import crc32

import orjson

from store.errors import StoreDamaged

_META = "_snapshot"
_TAIL = b'"}\n}\n}\n'  # what follows the eight digits
_BLOCK = 1 << 17


Oddness = Literal[
    "", "was made by plain TinyDB", "was changed by another program", "has bytes we did not write"
]
FOREIGN: Oddness = "was made by plain TinyDB"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An open snapshot. `fd` -1 = there is no file, an empty store.

    `how` ends the sentence that says what is odd about it; "" = it is as we wrote it.
    """

    fd: int
    generation: int = 0
    sequence: int = 0
    mark: str = "start"
    schema: int = 0
    how: Oddness = ""

    @property
    def size(self) -> int:
        return os.fstat(self.fd).st_size if self.fd >= 0 else 0


class SnapshotWriter:
    """Writes the file of a snapshot piece by piece. Raises OSError."""

    def __init__(self, fd: int) -> None:
        self.fd, self.written, self._crc = fd, 0, 0
        self._buffer, self._next, self._tables = bytearray(b"{\n"), b"", 0

    def table(self, name: str) -> None:
        """Begin a table; the one before it ends."""
        self._buffer += (b"\n},\n" if self._tables else b"") + orjson.dumps(name) + b":{\n"
        self._next, self._tables = b"", self._tables + 1

    def add(self, key: int, body: bytes) -> int:
        """Write a document of the table begun last; returns the offset of `body` in the file."""
        self._buffer += b'%s"%d":' % (self._next, key)
        offset = self.written + len(self._buffer)
        self._buffer += body
        self._next = b",\n"
        if len(self._buffer) > _BLOCK:
            self._flush()
        return offset

    def finish(self, *, generation: int, sequence: int, mark: str, schema: int) -> None:
        """Write the last table, with the CRC."""
        self.table(_META)
        numbers = {"generation": generation, "sequence": sequence, "mark": mark, "schema": schema, "crc": ""}
        self._buffer += b'"1":' + orjson.dumps(numbers)[:-2]
        self._flush()
        self._buffer += b"%08x" % self._crc + _TAIL
        self._flush()

    def _flush(self) -> None:
        self._crc = crc32(self._buffer, self._crc)
        write_all(self.fd, self._buffer, self.written)
        self.written += len(self._buffer)
        self._buffer.clear()


def write_all(fd: int, data: bytes | bytearray, offset: int) -> None:
    """Write all of `data` at `offset`, however often the system takes less."""
    with memoryview(data) as view:
        done = 0
        while done < len(view):
            done += os.pwrite(fd, view[done:], offset + done)


def open_snapshot(path: Path, *, strict: bool) -> Snapshot | None:
    """The snapshot in `path`; None when it is not as it was written (not `strict`: not even JSON)."""
    fd = os.open(path, os.O_RDONLY)
    try:
        if (found := proven(fd)) is not None:
            return Snapshot(os.dup(fd), **found)
        ours = b'\n"' in os.pread(fd, _BLOCK, 0)  # nobody else begins a line with a quotation mark
        if ours and strict:
            return None
        data = _parsed(path)
    finally:
        os.close(fd)
    if data is None:
        return None
    # A file of another's begins at 1: journal 0 has to mean that everything there ever was is in journals.
    meta = data.pop(_META, {}).get("1", {})
    known = {"generation": meta.get("generation", 1), "sequence": meta.get("sequence", 0),
             "schema": meta.get("schema", 0), "mark": f"taken:{path.stat().st_mtime_ns}"}  # fmt: skip
    if not all(isinstance(known[name], int) for name in ("generation", "sequence", "schema")):
        return None
    how: Oddness = (
        "has bytes we did not write" if ours else "was changed by another program" if meta else FOREIGN
    )
    return Snapshot(_laid_out(data, known), **known, how=how)


def proven(fd: int) -> dict[str, Any] | None:
    """The numbers at the end of a snapshot whose CRC fits, else None."""
    size = os.fstat(fd).st_size
    end = size - len(_TAIL) - 8
    last = os.pread(fd, 512, max(0, size - 512))
    crc = done = 0
    while done < end and (block := os.pread(fd, min(_BLOCK, end - done), done)):
        crc, done = crc32(block, crc), done + len(block)
    if end < 0 or last[-len(_TAIL) - 8 :] != b"%08x" % crc + _TAIL:
        return None
    found = orjson.loads(last[last.rindex(b"{") : -5])
    found.pop("crc")
    return found  # type: ignore[no-any-return]


def documents(fd: int) -> Iterator[tuple[str, int, bytes, int]]:
    """Each document of a snapshot as table, id, its JSON, the offset of its JSON."""
    table, offset = "", 0
    with os.fdopen(os.dup(fd), "rb", buffering=1 << 20) as file:
        file.seek(0)
        for row in file:
            if row.endswith(b":{\n"):
                table = orjson.loads(row[:-3])
            elif row[0] == 34 and table != _META:
                key, _, body = row.partition(b":")
                yield table, int(key[1:-1]), body.rstrip(b",\n"), offset + len(key) + 1
            offset += len(row)


def _parsed(path: Path) -> dict[str, dict[str, Any]] | None:
    """A file as TinyDB's tables, or None."""
    try:
        data = orjson.loads(path.read_bytes())
    except ValueError:
        return None
    whole = isinstance(data, dict) and all(
        isinstance(table, dict)
        and all(key.isdecimal() and isinstance(doc, dict) for key, doc in table.items())
        for table in data.values()
    )
    return data if whole else None


def _laid_out(data: Mapping[str, Mapping[str, Any]], numbers: Mapping[str, Any]) -> int:
    """`data` as a snapshot of ours, in a temporary file."""
    with tempfile.TemporaryFile() as file:
        writer = SnapshotWriter(file.fileno())
        for name, table in data.items():
            writer.table(name)
            for key, document in table.items():
                writer.add(int(key), orjson.dumps(document))
        writer.finish(**numbers)
        return os.dup(file.fileno())


def choose(path: Path, previous: Path, generations: Collection[int]) -> tuple[Path, Snapshot]:
    """The newest snapshot that is as it was written; failing all, one that is JSON at least.

    Where journals begin at 0, nothing at all is a good snapshot too. Raises StoreDamaged.
    """
    paths = [found for found in (path, previous) if found.exists()]
    if not generations and not any(found.stat().st_size for found in paths):
        return path, Snapshot(-1)
    for strict in (True, False):
        for found in paths:
            if (snapshot := open_snapshot(found, strict=strict)) is not None:
                return found, snapshot
        if strict and 0 in generations:
            return previous if paths else path, Snapshot(-1)
    raise StoreDamaged(path=path, detail="no snapshot is readable: bring back a backup of this folder")
