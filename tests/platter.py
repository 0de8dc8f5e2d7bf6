"""A platter: what was written, what was synced, and what a power cut may leave of it.

Writes that were not synced may be there or not, each by itself, by sectors, cut at any byte, or as
zeros of the right length. Names follow their order: of creations, renames and removals since the
folder was synced, the first few hold. Everything else is as it was synced.

`Watched` feeds it: Python's own calls of `os`, and SQLite's writes and syncs where they leave SQLite,
through its VFS (by ctypes, so without a compiler). It can also make any of them fail.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.disk import patched

_SECTOR = 512

Pending = tuple[int, bytes | None]  # (offset, data), or (size, None) for a file cut to that size
Fault = Callable[[str, str], int]
"""Told what is to be done ("write", "sync", "cut", "name") to which file; an errno, 0 = go on."""


@dataclass
class _File:
    synced: bytes = b""
    pending: list[Pending] = field(default_factory=list)


@dataclass
class Platter:
    """One flat folder."""

    folder: Path
    steps: int = 0
    _names: dict[str, _File] = field(default_factory=dict)
    _synced_names: dict[str, _File] = field(default_factory=dict)
    _renames: list[tuple[str, _File | None]] = field(default_factory=list)

    def wrote(self, name: str, offset: int, data: bytes) -> None:
        self.steps += 1
        self._file(name).pending.append((offset, data))

    def cut(self, name: str, size: int) -> None:
        self.steps += 1
        self._file(name).pending.append((size, None))

    def synced(self, name: str) -> None:
        self.steps += 1
        file = self._file(name)
        file.synced = bytes(_applied(file.synced, file.pending))
        file.pending.clear()

    def folder_synced(self) -> None:
        self.steps += 1
        self._synced_names = dict(self._names)
        self._renames.clear()

    def moved(self, old: str, new: str) -> None:
        if self._names.get(new) is not self._names[old]:
            self._set(new, self._names[old])
            self._set(old, None)

    def linked(self, old: str, new: str) -> None:
        self._set(new, self._names[old])

    def removed(self, name: str) -> None:
        self._set(name, None)

    def image(self, random: Random) -> dict[str, bytes]:
        """A folder that a power cut now may leave."""
        names = dict(self._synced_names)
        for name, file in self._renames[: random.randint(0, len(self._renames))]:
            if file is None:
                names.pop(name, None)
            else:
                names[name] = file
        worst = random.random() < 0.2  # nothing that was not synced
        return {name: file.synced if worst else _torn(file, random) for name, file in names.items()}

    def opened(self, name: str, *, emptied: bool) -> None:
        if name not in self._names:
            self._set(name, _File())
        elif emptied:
            self.cut(name, 0)

    def _file(self, name: str) -> _File:
        if name not in self._names:
            self._set(name, _File())
        return self._names[name]

    def _set(self, name: str, file: _File | None) -> None:
        self.steps += 1
        self._renames.append((name, file))
        if file is None:
            self._names.pop(name, None)
        else:
            self._names[name] = file


def _applied(data: bytes, pending: list[Pending]) -> bytearray:
    found = bytearray(data)
    for offset, written in pending:
        if written is None:
            del found[offset:]
            continue
        if len(found) < offset:
            found.extend(bytes(offset - len(found)))
        found[offset : offset + len(written)] = written
    return found


def _torn(file: _File, random: Random) -> bytes:
    """The synced bytes and some of what was written since."""
    kept: list[Pending] = []
    for offset, data in file.pending:
        kind = random.randrange(5)
        if data is None or kind == 0:
            if random.random() < 0.5:
                kept.append((offset, data))
        elif kind == 1:
            kept.append((offset, data))
        elif kind == 2:
            kept.append((offset, data[: random.randint(0, len(data))]))
        elif kind == 3:
            kept.append((offset, bytes(len(data))))
        else:
            kept += [
                (offset + at, data[at : at + _SECTOR])
                for at in range(0, len(data), _SECTOR)
                if random.random() < 0.5
            ]
    return bytes(_applied(file.synced, kept))


class _Methods(ctypes.Structure):
    """sqlite3_io_methods as far as it is looked into; the rest is copied."""

    _fields_ = (
        ("version", ctypes.c_int),
        ("close", ctypes.c_void_p),
        ("read", ctypes.c_void_p),
        ("write", ctypes.c_void_p),
        ("truncate", ctypes.c_void_p),
        ("sync", ctypes.c_void_p),
        ("rest", ctypes.c_void_p * 13),
    )


class _Handle(ctypes.Structure):
    _fields_ = (("methods", ctypes.POINTER(_Methods)),)


class _Vfs(ctypes.Structure):
    """The beginning of sqlite3_vfs."""

    _fields_ = (
        ("version", ctypes.c_int),
        ("size", ctypes.c_int),
        ("longest", ctypes.c_int),
        ("next", ctypes.c_void_p),
        ("name", ctypes.c_char_p),
        ("data", ctypes.c_void_p),
        ("open", ctypes.c_void_p),
        ("delete", ctypes.c_void_p),
    )


_Where = ctypes.POINTER(_Handle)
_OPEN = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, _Where, ctypes.c_int, ctypes.c_void_p
)  # the path as an address: SQLite keeps it, and reads on behind its end
_DELETE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int)
_WRITE = ctypes.CFUNCTYPE(ctypes.c_int, _Where, ctypes.c_void_p, ctypes.c_int, ctypes.c_int64)
_TRUNCATE = ctypes.CFUNCTYPE(ctypes.c_int, _Where, ctypes.c_int64)
_SYNC = ctypes.CFUNCTYPE(ctypes.c_int, _Where, ctypes.c_int)

_NO_SPACE, _BAD_WRITE, _BAD_SYNC, _BAD_CUT, _BAD_DELETE = 13, 778, 1034, 1546, 2570  # SQLite's codes


def _library() -> ctypes.CDLL:
    """The very SQLite that Python uses; skips where it cannot be reached."""
    import _sqlite3

    try:
        found = ctypes.CDLL(_sqlite3.__file__)
        found.sqlite3_vfs_find.restype = ctypes.POINTER(_Vfs)
    except (OSError, AttributeError, TypeError) as error:
        pytest.skip(f"this Python's SQLite cannot be reached: {error}")
    return found


class Watched:
    """Everything that is done to files of a folder, by `os` and by SQLite, told and made to fail.

    While it watches, syncs are only counted: nobody pulls this machine's plug.
    """

    def __init__(
        self,
        folder: Path,
        *,
        fault: Fault | None = None,
        after: Callable[[Platter], None] = lambda _: None,
    ) -> None:
        self.folder = folder
        self.platter = Platter(folder)
        self.fault = fault
        self._after = after
        self._open: dict[int, str | None] = {}  # descriptor -> name, None = the folder
        self._handles: dict[int, str] = {}  # address of a file of SQLite's -> name
        self._new: set[str] = set()  # journals whose name SQLite syncs with their first sync
        self._kept: list[Any] = []  # structures and callbacks that SQLite points to

    @contextmanager
    def watching(self, patch: pytest.MonkeyPatch) -> Iterator[Platter]:
        with self._sqlite(), patched(patch, self._around, more=("write",)):
            yield self.platter

    # Python's own calls

    def _around(self, name: str, real: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        handled = getattr(self, f"_{name}_", None)
        result = handled(real, args) if handled else real(*args)
        self._after(self.platter)
        return result

    def _fail(self, what: str, name: str | None) -> None:
        code = self.fault(what, name or "") if self.fault is not None else 0
        if code:
            raise OSError(code, os.strerror(code))

    def _name(self, path: Any) -> str | None:
        path = Path(path)
        return path.name if path.parent == self.folder else None

    def _open_(self, real: Any, args: Any) -> int:
        name, flags = self._name(args[0]), args[1]
        fresh = name is not None and not Path(args[0]).exists()
        if name is not None and flags & (os.O_CREAT | os.O_TRUNC):
            self._fail("name", name)
        fd = int(real(*args))
        self._open.pop(fd, None)
        if Path(args[0]) == self.folder:
            self._open[fd] = None
        elif name is not None:
            self._open[fd] = name
            if fresh or flags & os.O_TRUNC:
                self.platter.opened(name, emptied=bool(flags & os.O_TRUNC))
        return fd

    def _pwrite_(self, real: Any, args: Any) -> int:
        fd, data, offset = args
        name = self._open.get(fd)
        self._fail("write", name)
        done = int(real(*args))
        if name:
            self.platter.wrote(name, offset, bytes(data[:done]))
        return done

    def _write_(self, real: Any, args: Any) -> int:
        fd, data = args
        name = self._open.get(fd)
        if not name:
            return int(real(*args))
        self._fail("write", name)
        at = os.fstat(fd).st_size  # every one of ours is written from its beginning, or appended to
        done = int(real(*args))
        self.platter.wrote(name, at, bytes(data[:done]))
        return done

    def _ftruncate_(self, real: Any, args: Any) -> None:
        name = self._open.get(args[0])
        self._fail("cut", name)
        real(*args)
        if name:
            self.platter.cut(name, args[1])

    def _fsync_(self, real: Any, args: Any) -> None:
        del real
        fd = args[0]
        if fd in self._open:
            name = self._open[fd]
            self._fail("sync", name)
            if name is None:
                self.platter.folder_synced()
            else:
                self.platter.synced(name)

    _fdatasync_ = _fsync_

    def _replace_(self, real: Any, args: Any) -> None:
        old, new = (self._name(path) for path in args)
        self._fail("name", new)
        real(*args)
        if old and new:
            self.platter.moved(old, new)

    def _link_(self, real: Any, args: Any) -> None:
        old, new = (self._name(path) for path in args)
        self._fail("name", new)
        real(*args)
        if old and new:
            self.platter.linked(old, new)

    def _unlink_(self, real: Any, args: Any) -> None:
        name = self._name(args[0])
        real(*args)
        if name:
            self.platter.removed(name)

    # SQLite's

    @contextmanager
    def _sqlite(self) -> Iterator[None]:
        library = _library()
        vfs = library.sqlite3_vfs_find(None).contents
        opened, deleted = vfs.open, vfs.delete
        mine = _OPEN(self._sqlite_open(_OPEN(opened))), _DELETE(self._sqlite_delete(_DELETE(deleted)))
        self._kept += mine
        vfs.open, vfs.delete = (ctypes.cast(one, ctypes.c_void_p).value for one in mine)
        try:
            yield
        finally:
            vfs.open, vfs.delete = opened, deleted

    def _asked(self, what: str, name: str, failure: int) -> int:
        """What to answer SQLite: 0, or that it failed."""
        code = self.fault(what, name) if self.fault is not None else 0
        if not code:
            return 0
        return _NO_SPACE if os.strerror(code).startswith("No space") and what == "write" else failure

    def _sqlite_open(self, real: Any) -> Any:
        def opened(vfs: Any, path: int | None, file: Any, flags: int, out: Any) -> int:
            name = self._name(os.fsdecode(ctypes.string_at(path))) if path else None
            fresh = name is not None and not (self.folder / name).exists()
            code = int(real(vfs, path, file, flags, out))
            if code or name is None or not file.contents.methods:
                return code
            address = ctypes.addressof(file.contents)
            self._handles[address] = name
            if fresh:
                self.platter.opened(name, emptied=False)
                if name.endswith(("-wal", "-journal")):
                    self._new.add(name)
            file.contents.methods = ctypes.pointer(self._wrapped(file.contents.methods.contents))
            return code

        return opened

    def _wrapped(self, real: _Methods) -> _Methods:
        made = _Methods.from_buffer_copy(real)
        write, truncate = _WRITE(real.write), _TRUNCATE(real.truncate)

        def name_of(file: Any) -> str:
            return self._handles[ctypes.addressof(file.contents)]

        def wrote(file: Any, data: int, size: int, offset: int) -> int:
            name = name_of(file)
            if failed := self._asked("write", name, _BAD_WRITE):
                return failed
            code = int(write(file, data, size, offset))
            if not code:
                self.platter.wrote(name, offset, ctypes.string_at(data, size))
                self._after(self.platter)
            return code

        def cut(file: Any, size: int) -> int:
            name = name_of(file)
            if failed := self._asked("cut", name, _BAD_CUT):
                return failed
            code = int(truncate(file, size))
            if not code:
                self.platter.cut(name, size)
                self._after(self.platter)
            return code

        def synced(file: Any, flags: int) -> int:
            del flags
            name = name_of(file)
            if failed := self._asked("sync", name, _BAD_SYNC):
                return failed
            self.platter.synced(name)
            if name in self._new:
                self._new.discard(name)
                self.platter.folder_synced()
            self._after(self.platter)
            return 0

        for field_name, kind, call in (
            ("write", _WRITE, wrote),
            ("truncate", _TRUNCATE, cut),
            ("sync", _SYNC, synced),
        ):
            callback = kind(call)
            self._kept.append(callback)
            setattr(made, field_name, ctypes.cast(callback, ctypes.c_void_p).value)
        self._kept.append(made)
        return made

    def _sqlite_delete(self, real: Any) -> Any:
        def deleted(vfs: Any, path: int, sync: int) -> int:
            name = self._name(os.fsdecode(ctypes.string_at(path)))
            if name and (failed := self._asked("name", name, _BAD_DELETE)):
                return failed
            code = int(real(vfs, path, 0))
            if name and not code:
                self.platter.removed(name)
                if sync:
                    self.platter.folder_synced()
                self._after(self.platter)
            return code

        return deleted
