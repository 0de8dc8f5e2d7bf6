"""The names in a store's folder: which files there are, whose lock it is, and durable renames."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from store.aside import Aside
from store.errors import StoreLocked


class Folder:
    """The folder of `path` ("…/library.json") and the files beside it that share its stem."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = -1
        self.disk = Aside(OSError)

    def beside(self, name: str) -> Path:
        return self.path.with_name(f"{self.path.stem}.{name}")

    def journal(self, generation: int) -> Path:
        return self.beside(f"{generation}.journal")

    @property
    def previous(self) -> Path:
        return self.beside("previous.json")

    @property
    def unfinished(self) -> Path:
        return self.beside("tmp")

    def generations(self) -> list[int]:
        """The journals that are there."""
        names = (path.name.split(".") for path in self.path.parent.glob(f"{self.path.stem}.*.journal"))
        return sorted(int(parts[-2]) for parts in names if parts[-2].isdecimal())

    def lock(self) -> None:
        """Make the folder and hold it until `close` or death. Raises StoreLocked, OSError."""
        if not self.path.parent.exists():
            self.path.parent.mkdir(mode=0o700, parents=True)
            sync_folder(self.path.parent.parent)
        self._lock = os.open(self.beside("lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StoreLocked(path=self.path.parent) from error
        self.unfinished.unlink(missing_ok=True)

    def set_aside(self, number: int) -> str:
        """Give the damaged file a name out of the way; returns what is to be told of it."""
        aside = self.beside(f"damaged-{number}.json")
        if not self.path.exists():
            return f"{self.path.name} was missing"
        self.path.replace(aside)
        return f"{self.path.name} was damaged and is kept as {aside.name}"

    def publish(self) -> None:
        """Let the unfinished file be the snapshot and the snapshot be the previous one, durably."""
        if self.path.exists():
            spare = self.beside("spare")
            spare.unlink(missing_ok=True)
            try:
                os.link(self.path, spare)  # a second name, so that the first is there at every moment
            except OSError:  # not every file system has them, and opening can do without the first
                self.path.replace(self.previous)
            else:
                spare.replace(self.previous)
                spare.unlink(missing_ok=True)  # the rename does nothing where both were one file already
        self.unfinished.replace(self.path)
        sync_folder(self.path.parent)

    def forget_before(self, generation: int) -> None:
        """Remove older journals."""
        for number in self.generations():
            if number < generation:
                self.journal(number).unlink()

    def close(self) -> None:
        """Let go of the lock."""
        if self._lock >= 0:
            os.close(self._lock)
        self._lock = -1


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def replace_file(path: Path, data: bytes) -> None:
    """Let `path` hold `data`, durably and all at once; its owner's only. Raises OSError."""
    unfinished = path.with_name(f"{path.name}.tmp")
    fd = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        with memoryview(data) as view:
            done = 0
            while done < len(view):
                done += os.write(fd, view[done:])
        os.fsync(fd)
    finally:
        os.close(fd)
    unfinished.replace(path)
    sync_folder(path.parent)
