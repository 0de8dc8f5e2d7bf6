"""Go log: which requests were about to be written when the process died, and which were accepted.

A record is appended right before a request's first byte, another when its answer has come. Neither
is synced: what the kernel took survives the death of the process, which is the case this log is for.
It says nothing about another boot of the machine: after a power loss records may be missing, so it
is believed only in the boot it was begun in.
"""

from __future__ import annotations

import os
from pathlib import Path
from struct import Struct
from zlib import crc32

from store.errors import StoreFull

NAME = "ledger.go"

_RECORD = Struct("<QIq32s")  # row, attempt, when it was marked, the accepted message's id or nothing
_SIZE = _RECORD.size + 4  # and the CRC-32 of it
_LONGEST_ID = 32

Key = tuple[int, int, int]
"""One attempt at one row: the row's number, the attempt's, and when it was marked as being sent, in
microseconds. The time tells a number that is used again (its row was forgotten) from the one before.
"""
_BOOT = Path("/proc/sys/kernel/random/boot_id")


def boot_id() -> str:
    """What tells this boot of the machine from any other; "" where the system does not say."""
    try:
        return _BOOT.read_text("ascii").strip()
    except (OSError, ValueError):
        return ""


class GoLog:
    """Records of attempts. `blind` until one is begun in this boot: then nothing is known."""

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
        self._known = {}

    def mark(self, key: Key) -> None:
        """The request for this attempt is written next. StoreFull when it could not be noted."""
        self._append(key, "")

    def mark_accepted(self, key: Key, message_id: str) -> None:
        """The platform took it. An id that does not fit is not noted: then it stays in doubt."""
        if message_id.isascii() and len(message_id) <= _LONGEST_ID:
            self._append(key, message_id)

    def _append(self, key: Key, message_id: str) -> None:
        record = _record(key, message_id)
        if self._known is None:
            raise StoreFull(path=self._path, detail="not begun")
        try:
            if self._fd < 0:
                self._fd = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
            if os.write(self._fd, record) != len(record):  # the next start finds it torn, and is blind
                raise OSError("no space")
        except OSError as error:
            raise StoreFull(path=self._path, detail=error) from error
        self._known[key] = message_id

    def may_have_gone(self, key: Key) -> bool:
        """Whether a request for this attempt may have left: False is certain, True is not."""
        return self._known is None or key in self._known

    def accepted(self, key: Key) -> str:
        """The message's id where the platform certainly took it; "" where that is not known."""
        return (self._known or {}).get(key, "")

    @property
    def size(self) -> int:
        """How many attempts it knows of."""
        return len(self._known or ())

    def close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
        self._fd = -1


def _record(key: Key, message_id: str) -> bytes:
    body = _RECORD.pack(*key, message_id.encode("ascii"))
    return body + crc32(body).to_bytes(4, "little")


def _read(path: Path, head: bytes) -> dict[Key, str] | None:
    """The records of a log of this boot that is whole; None for any other."""
    try:
        text = path.read_bytes()
    except OSError:
        return None
    rest = text[len(head) :]
    if not text.startswith(head) or not head.strip() or len(rest) % _SIZE:
        return None
    known: dict[Key, str] = {}
    for at in range(0, len(rest), _SIZE):
        body, check = rest[at : at + _RECORD.size], rest[at + _RECORD.size : at + _SIZE]
        if crc32(body).to_bytes(4, "little") != check:
            return None
        row, attempt, marked, message_id = _RECORD.unpack(body)
        known[row, attempt, marked] = message_id.rstrip(b"\0").decode("ascii")
    return known
