"""A disk that forgets: what the store does to its files, and what a power cut could leave of it.

`watched()` records every change that the store makes through `os`, and every sync. `images()` are
folders that a cut after some step may leave: what was synced is there; of the rest nothing, all,
only the names, or half of the last write.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

CHANGES = ("open", "pwrite", "ftruncate", "fsync", "fdatasync", "replace", "link", "unlink")


@contextmanager
def patched(
    patch: pytest.MonkeyPatch,
    around: Callable[[str, Callable[..., Any], tuple[Any, ...]], Any],
    *,
    more: tuple[str, ...] = (),
) -> Iterator[None]:
    """Route every changing call of `os`, and those of `more`, through `around(name, real, arguments)`."""
    with patch.context() as inner:
        for name in (*CHANGES, *more):
            real = getattr(os, name)

            def call(*args: Any, _name: str = name, _real: Callable[..., Any] = real, **more: Any) -> Any:
                return around(_name, lambda *a: _real(*a, **more), args)

            inner.setattr(os, name, call)
        yield


@dataclass
class _File:
    now: bytearray = field(default_factory=bytearray)
    synced: bytes = b""
    half: bytes = b""  # `now` with half of the last write


class Disk:
    """One flat folder, as it is and as it is known to be on the platter."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._names: dict[str, _File] = {}
        self._synced_names: dict[str, _File] = {}
        self._open: dict[int, _File | None] = {}  # None = the folder itself

    def __call__(self, name: str, real: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        result = real(*args)
        getattr(self, f"_{name}_")(result, *args)
        return result

    def images(self) -> list[dict[str, bytes]]:
        """Folders that a power cut at this moment could leave."""
        found = [
            {name: file.synced for name, file in self._synced_names.items()},
            {name: file.synced for name, file in self._names.items()},
            {name: file.half for name, file in self._names.items()},
            {name: bytes(file.now) for name, file in self._synced_names.items()},
        ]
        return [image for n, image in enumerate(found) if image not in found[:n]]

    def _open_(self, fd: int, path: Any, flags: int, *_: Any) -> None:
        path = Path(path)
        if path == self.folder:
            self._open[fd] = None
        elif path.parent == self.folder:
            file = self._names.setdefault(path.name, _File())
            if flags & os.O_TRUNC:
                file.now.clear()
                file.half = b""
            self._open[fd] = file

    def _pwrite_(self, done: int, fd: int, data: Any, offset: int) -> None:
        if (file := self._open.get(fd)) is not None:
            file.half = bytes(file.now[:offset] + bytes(data[: done // 2]))
            file.now[offset : offset + done] = bytes(data[:done])

    def _ftruncate_(self, _: None, fd: int, size: int) -> None:
        if (file := self._open.get(fd)) is not None:
            del file.now[size:]
            file.half = bytes(file.now)

    def _fsync_(self, _: None, fd: int) -> None:
        if fd not in self._open:
            return
        file = self._open[fd]
        if file is None:
            self._synced_names = dict(self._names)
        else:
            file.synced = file.half = bytes(file.now)

    _fdatasync_ = _fsync_

    def _replace_(self, _: None, old: Any, new: Any) -> None:
        if self._names.get(Path(new).name) is not self._names[Path(old).name]:
            self._names[Path(new).name] = self._names.pop(Path(old).name)

    def _link_(self, _: None, old: Any, new: Any, **__: Any) -> None:
        self._names[Path(new).name] = self._names[Path(old).name]

    def _unlink_(self, _: None, path: Any) -> None:
        self._names.pop(Path(path).name, None)


def write_image(image: dict[str, bytes], folder: Path) -> None:
    """Lay a folder out on the real disk."""
    folder.mkdir()
    for name, data in image.items():
        (folder / name).write_bytes(data)
