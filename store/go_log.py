"""Go log: which requests were about to be written when the process died.

A record is appended right before a request's first byte, and is not synced: what the kernel took
survives the death of the process, which is the case this log is for. It says nothing about another
boot of the machine: after a power loss records may be missing, so it is believed only in the boot
it was begun in.
"""

from __future__ import annotations

import os
from pathlib import Path
from struct import Struct
from zlib import crc32

from store.errors import StoreFull

NAME = "ledger.go"

_RECORD = Struct("<QI")  # and the CRC-32 of it
_SIZE = _RECORD.size + 4
_BOOT = Path("/proc/sys/kernel/random/boot_id")


def boot_id() -> str:
    """What tells this boot of the machine from any other; "" where the system does not say."""
    try:
        return _BOOT.read_text("ascii").strip()
    except (OSError, ValueError):
        return ""


class GoLog:
    """Records of (row, attempt). `blind` until one is begun in this boot: then nothing is known."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._head = f"{boot_id():36.36}\n".encode()
        self._known = _read(path, self._head)
        self._fd = -1

    @property
    def blind(self) -> bool:
        return self._known is None

    def begin(self) -> None:
        """A fresh log, complete from here on; to be called while no request is in the air."""
        self.close()
        try:
            unfinished = self._path.with_name(f"{NAME}.tmp")
            fd = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            try:
                os.write(fd, self._head)
            finally:
                os.close(fd)
            unfinished.replace(self._path)
        except OSError as error:
            raise StoreFull(path=self._path, detail=error) from error
        self._known = set()

    def mark(self, row: int, attempt: int) -> None:
        """The request for this attempt is written next. StoreFull when it could not be noted."""
        record = _record(row, attempt)
        if self._known is None:
            raise StoreFull(path=self._path, detail="not begun")
        try:
            if self._fd < 0:
                self._fd = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
            if os.write(self._fd, record) != len(record):  # the next start finds it torn, and is blind
                raise OSError("no space")
        except OSError as error:
            raise StoreFull(path=self._path, detail=error) from error
        self._known.add(record)

    def may_have_gone(self, row: int, attempt: int) -> bool:
        """Whether a request for this attempt may have left: False is certain, True is not."""
        return self._known is None or _record(row, attempt) in self._known

    @property
    def size(self) -> int:
        """How many records it holds."""
        return len(self._known or ())

    def close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
        self._fd = -1


def _record(row: int, attempt: int) -> bytes:
    body = _RECORD.pack(row, attempt)
    return body + crc32(body).to_bytes(4, "little")


def _read(path: Path, head: bytes) -> set[bytes] | None:
    """The records of a log of this boot that is whole; None for any other."""
    try:
        text = path.read_bytes()
    except OSError:
        return None
    rest = text[len(head) :]
    if not text.startswith(head) or not head.strip() or len(rest) % _SIZE:
        return None
    records = {rest[at : at + _SIZE] for at in range(0, len(rest), _SIZE)}
    whole = all(record == _record(*_RECORD.unpack_from(record)) for record in records)
    return records if whole else None
