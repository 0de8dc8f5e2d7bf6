"""Backup and restore of a data folder as one .tar.gz, both memories of one moment.

The caller holds the folder's lock, so that nothing is written meanwhile. The search index is
left out: it is made anew. So are the marks of the running bot: what is unpacked from a backup is
known by their absence, and sends nothing before somebody has looked (store/epoch.py).
"""

from __future__ import annotations

import os
import tarfile
import tempfile
from pathlib import Path
from typing import IO, cast

from store.epoch import NAME as EPOCH, RESTORED
from store.errors import StoreDamaged, StoreFull
from store.go_log import NAME as GO_LOG
from store.kept_open import descriptor

_LEFT_OUT = ("search.sqlite", "control.sock", "lock", EPOCH, GO_LOG)
_LIMIT = 64 * 1024**3


def backup(folder: Path, archive: Path) -> int:
    """Write `archive` (atomically, mode 0600) and return how many files it holds.

    Raises StoreFull when the disk takes no more; a half-written archive is not left behind.
    """
    files = sorted(path for path in folder.iterdir() if path.is_file() and _kept(path.name))
    handle, temporary = tempfile.mkstemp(dir=archive.parent, prefix=archive.name)
    try:
        with os.fdopen(handle, "wb") as raw:
            with tarfile.open(fileobj=raw, mode="w:gz") as tar:
                for path in files:
                    with descriptor(path) as found:  # the ledger is open in this process
                        tar.addfile(tar.gettarinfo(path, path.name), cast(IO[bytes], _FromStart(found)))
            raw.flush()
            os.fsync(raw.fileno())
        Path(temporary).replace(archive)
    except OSError as error:
        Path(temporary).unlink(missing_ok=True)
        raise StoreFull(path=archive, detail=error.strerror) from error
    return len(files)


class _FromStart:
    """A file to read from its beginning, whoever else reads the descriptor."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor, self._at = descriptor, 0

    def read(self, size: int = -1, /) -> bytes:
        data = os.pread(self._descriptor, size, self._at)
        self._at += len(data)
        return data


def restore(archive: Path, folder: Path) -> int:
    """Unpack into `folder`, which must be empty or absent; returns how many files came out.

    Raises FileExistsError for a folder in use, StoreDamaged for an archive that is not one of
    ours: a name with a path, a link or a device is refused before anything is written.
    """
    if folder.exists() and any(folder.iterdir()):
        raise FileExistsError(str(folder))
    try:
        with tarfile.open(archive, mode="r:gz") as tar:
            members = tar.getmembers()
            _check(members, archive)
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            (folder / RESTORED).touch(mode=0o600)  # before the rest: half of a backup is one, too
            tar.extractall(folder, members=members, filter="data")
    except (tarfile.TarError, EOFError, OSError) as error:
        raise StoreDamaged(path=archive, detail=str(error)) from error
    for path in folder.iterdir():
        path.chmod(0o600)
    return len(members)


def _kept(name: str) -> bool:
    return not name.startswith(_LEFT_OUT) and not name.endswith((".tmp", ".spare", "-shm", ".lock"))


def _check(members: list[tarfile.TarInfo], archive: Path) -> None:
    for member in members:
        plain = member.isfile() and "/" not in member.name and not member.name.startswith(".")
        if not plain or "\\" in member.name:
            raise StoreDamaged(path=archive, detail=f"unexpected member {member.name!r}")
    if not any(member.name.startswith("library") for member in members):
        raise StoreDamaged(path=archive, detail="no library in it")
    if sum(member.size for member in members) > _LIMIT:
        raise StoreDamaged(path=archive, detail="too large")
