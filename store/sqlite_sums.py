"""Sums: what every page of a SQLite file should be, kept beside it, because SQLite keeps none.

    NAME.sums       a CRC-32 for each page, as of the last checkpoint that was whole

A page that has a frame in the log (NAME-wal) is read from there, and frames carry sums of SQLite's
own; so a page is right when the log has it or when its CRC fits. The order of a checkpoint keeps it
so at every moment: pages into the file and synced, sums written and synced, and only the write after
that begins the log anew. What SQLite leaves out of a log silently, from a bad frame on, is looked at
as well: where another write follows, the bad one had been confirmed. Sums and file carry the same number
(SQLite's application_id), one more with every checkpoint, so that another copy of the file put in its
place is known as such and not taken for damage.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
from array import array
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from struct import Struct
from zlib import crc32

from store.folder import replace_file
from store.kept_open import content, descriptor, hold, let_go

_MAGIC = b"jianbao sums 1\n"
_COUNTS = Struct("<II")  # page size, number of the checkpoint
_FRAME = Struct(">6I")  # page, pages of the file after a commit (else 0), two salts, two sums
_LOG_HEAD = 32
_MASK = 0xFFFFFFFF
_NUMBERS = 1 << 31  # application_id is a signed integer of four bytes


@dataclass(frozen=True, slots=True)
class Faults:
    """What is wrong: `damage` = what was confirmed is lost or changed; `doubt` = a last write that
    is not whole, which a power cut leaves as well as a bad byte. English, for people who run the bot.
    """

    damage: tuple[str, ...] = ()
    doubt: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Known:
    """A file of sums: `size` of a page, `number` of the checkpoint."""

    size: int
    number: int
    sums: array[int]


class Sums:
    """The sums of the SQLite file `path`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.path = path.with_name(f"{path.stem}.sums")
        self._log = path.with_name(f"{path.name}-wal")
        self._index = path.with_name(f"{path.name}-shm")

    def seal(self, number: int) -> None:
        """Take in what checkpoint `number`, just done, has moved: all that the log tells of, also the
        frames of before that lie behind it, because a page too many costs little. Raises OSError.
        """
        known = self._read()
        with descriptor(self._path) as file:
            size = _page_size(os.pread(file, 100, 0))
            count = os.fstat(file).st_size // size
            if known is None or known.size != size or (known.number + 1) % _NUMBERS != number:
                sums, changed = array("I"), set(range(1, count + 1))
            else:
                sums = known.sums
                changed = _pages(self._log, size)
                changed.update(range(len(sums) + 1, count + 1))
            del sums[count:]
            sums.extend([0] * (count - len(sums)))
            for page in changed:
                if page <= count:
                    sums[page - 1] = crc32(os.pread(file, size, (page - 1) * size))
        self._write(size, number, sums)

    def drop(self) -> None:
        """Have no sums: for when they could not be written, and would blame good pages."""
        self.path.unlink(missing_ok=True)

    def next_number(self) -> int:
        """For the next checkpoint. A file without sums begins anywhere."""
        try:
            known = self._read()
        except ValueError:
            known = None
        return secrets.randbelow(_NUMBERS) if known is None else (known.number + 1) % _NUMBERS

    def faults(self, number: int) -> Faults:
        """Compare file (which says that it is of checkpoint `number`) and log with the sums. To be
        asked with the file open in WAL mode (its index, NAME-shm, tells what SQLite takes from the
        log), by the one process that writes.
        """
        try:
            known = self._read()
        except ValueError:
            return Faults(doubt=(f"{self.path.name} itself has changed on disk",))
        if known is None:
            return Faults()
        log = _Log(self._log, known.size, self._taken())
        if number != known.number and not (number == (known.number + 1) % _NUMBERS and 1 in log.live):
            if self._path.stat().st_size:
                return Faults(doubt=(f"{self._path.name} is not the copy that {self.path.name} was made of",))
            return Faults(damage=(f"{self._path.name} is missing or empty",))
        missing = self._wrong_pages(known, log)
        lost = log.lost(self._path)
        damage = [f"page {page} of {self._path.name} has changed on disk" for page in missing[:5]]
        if len(missing) > 5:
            damage.append(f"and {len(missing) - 5} more pages")
        if lost == "confirmed":
            damage.append(f"{self._log.name} is damaged: writes that were confirmed cannot be read")
        doubt = (
            f"the last write in {self._log.name} is not whole and was left out: a power cut, or a bad byte"
        )
        return Faults(tuple(damage), (doubt,) if lost == "last" else ())

    def _wrong_pages(self, known: _Known, log: _Log) -> list[int]:
        wrong = []
        needed = log.pages or len(known.sums)  # a log that is not empty knows how long the file should be
        with descriptor(self._path) as file:
            for number, right in enumerate(known.sums[:needed], 1):
                page = os.pread(file, known.size, (number - 1) * known.size)
                if number not in log.live and (len(page) < known.size or crc32(page) != right):
                    wrong.append(number)
        return wrong

    def waiting(self) -> int:
        """How many frames of the log are in use: it keeps its length when it begins anew."""
        return self._taken()[0]

    def _taken(self) -> tuple[int, int]:
        """How many frames of the log SQLite takes, and how many pages the file has with them."""
        try:
            with descriptor(self._index) as index:
                head = os.pread(index, 24, 0)
        except OSError:
            return 0, 0
        return _in_index(head) if len(head) == 24 else (0, 0)

    def _read(self) -> _Known | None:
        """None when there are none. ValueError for a file that has changed."""
        try:
            data = self.path.read_bytes()
        except FileNotFoundError:
            return None
        body, end = data[:-4], data[-4:]
        if not data.startswith(_MAGIC) or crc32(body).to_bytes(4, "little") != end:
            raise ValueError(self.path.name)
        size, number = _COUNTS.unpack_from(body, len(_MAGIC))
        sums = array("I")
        sums.frombytes(body[len(_MAGIC) + _COUNTS.size :])
        return _Known(size, number, sums)

    def _write(self, size: int, number: int, sums: array[int]) -> None:
        body = _MAGIC + _COUNTS.pack(size, number) + sums.tobytes()
        replace_file(self.path, body + crc32(body).to_bytes(4, "little"))


def checkpoint(db: sqlite3.Connection, sums: Sums, *, truncate: bool = False) -> bool:
    """Move the log into the file and seal it; False where somebody reads what cannot be moved yet.
    Raises sqlite3.Error.

    Sums that cannot be written are dropped: they would be wrong from the next write on.
    """
    number = sums.next_number()
    db.execute(f"PRAGMA application_id = {number}")
    busy, frames, moved = db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    if busy or frames != moved:
        return False
    try:
        sums.seal(number)
    except (OSError, ValueError):
        sums.drop()
    if truncate:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return True


class Connection(sqlite3.Connection):
    """A connection that seals what it leaves behind: SQLite moves the log by itself at the last close."""

    sums: Sums | None = None
    doubt: tuple[str, ...] = ()
    file: Path | None = None

    def holds(self, file: Path) -> None:
        """Tell which file this connection, just made, is of."""
        hold(file)
        self.file = file

    def close(self) -> None:
        sums, self.sums = self.sums, None
        if sums is not None:
            try:
                if self.in_transaction:
                    self.rollback()
                sealed = checkpoint(self, sums)
            except sqlite3.Error:
                sealed = False
            if not sealed:
                sums.drop()
        super().close()
        file, self.file = self.file, None
        if file is not None:
            let_go(file)

    def __del__(self) -> None:
        if self.sums is not None or self.file is not None:
            with suppress(sqlite3.Error, OSError):  # its folder may be gone, its thread another one
                self.close()


@dataclass(frozen=True, slots=True)
class _Frame:
    page: int
    pages: int  # of the file after this commit; 0 = not the end of one
    salts: tuple[int, int]
    sums: tuple[int, int]
    at: int  # where the frame begins in the log


class _Log:
    """A log: `live` are the pages that are read from it, `pages` how many the file has with it."""

    def __init__(self, path: Path, size: int, taken: tuple[int, int]) -> None:
        self._path, self._size = path, size
        frames = list(_frames(path, size))
        used, self.pages = taken if taken[0] <= len(frames) else (0, 0)
        if not used:
            self.pages = 0
        self.live = {frame.page for frame in frames[:used]}
        self._head = _head(path)
        self._sound = len(self._head) == _LOG_HEAD and self._fits(self._head[:24], (0, 0), self._head[24:])
        self._salts = int.from_bytes(self._head[16:20], "big"), int.from_bytes(self._head[20:24], "big")
        self._tail = self._rest(frames, used)

    def lost(self, file: Path) -> str:
        """What SQLite left out: "confirmed" writes, the "last" one, or "" for nothing that counts."""
        tail = self._tail
        ends = [at for at, frame in enumerate(tail) if frame.pages and self._of_this_log(frame)]
        if not ends:
            return ""
        if not self._sound:  # where a log begins anew, all of the old one is in the file already
            return "confirmed" if self._differs(file) else ""
        followed = any(self._authentic(tail[at], tail[at - 1]) for at in range(ends[0] + 1, len(tail)))
        return "confirmed" if followed else "last"

    def _of_this_log(self, frame: _Frame) -> bool:
        """Both salts change when a log begins anew, and a bad byte spoils one of them."""
        return any(one == other for one, other in zip(frame.salts, self._salts, strict=True))

    def _rest(self, frames: Sequence[_Frame], used: int) -> Sequence[_Frame]:
        """The frames after those that SQLite takes which belong to the same log."""
        left = frames[used:]
        if not left:
            return ()
        if not self._sound:
            self._salts = left[0].salts
        last = max((at for at, frame in enumerate(left) if frame.salts == self._salts), default=-1)
        return left[: last + 1]

    def _authentic(self, frame: _Frame, before: _Frame) -> bool:
        """Whether a frame is as written, going by the sums that the one before it has."""
        body = self._body(frame)
        with descriptor(self._path) as log:
            head = os.pread(log, _FRAME.size, frame.at)
        return self._fits(head[:8] + body, before.sums, head[16:])

    def _body(self, frame: _Frame) -> bytes:
        with descriptor(self._path) as log:
            return os.pread(log, self._size, frame.at + _FRAME.size)

    def _differs(self, file: Path) -> bool:
        newest = {frame.page: frame for frame in self._tail}
        with descriptor(file) as pages:
            for page, frame in newest.items():
                if os.pread(pages, self._size, (page - 1) * self._size) != self._body(frame):
                    return True
        return False

    def _fits(self, data: bytes, before: tuple[int, int], stored: bytes) -> bool:
        order = ">" if self._head[3:4] == b"\x83" else "<"
        one, two = before
        words = Struct(f"{order}{len(data) // 4}I").unpack(data)
        for first, second in zip(words[::2], words[1::2], strict=True):
            one = (one + first + two) & _MASK
            two = (two + second + one) & _MASK
        return one.to_bytes(4, "big") + two.to_bytes(4, "big") == stored


def _in_index(head: bytes) -> tuple[int, int]:
    """Frames and pages, from the beginning of the log's index (it is in this machine's byte order)."""
    found = array("I", head[16:24])
    return found[0], found[1]


def _head(log: Path) -> bytes:
    try:
        with descriptor(log) as file:
            return os.pread(file, _LOG_HEAD, 0)
    except FileNotFoundError:
        return b""


def _whole(log: Path) -> bytes:
    """A log, empty where there is none."""
    try:
        return content(log)
    except FileNotFoundError:
        return b""


def _frames(log: Path, size: int) -> Iterator[_Frame]:
    """Every whole frame of a log, also those that are not valid any more."""
    step = _FRAME.size + size
    data = _whole(log)
    for at in range(_LOG_HEAD, len(data) - step + 1, step):
        page, pages, *rest = _FRAME.unpack_from(data, at)
        yield _Frame(page, pages, (rest[0], rest[1]), (rest[2], rest[3]), at)


def _pages(log: Path, size: int) -> set[int]:
    """The pages that the frames of a log are about."""
    step = _FRAME.size + size
    data = _whole(log)
    return {int.from_bytes(data[at : at + 4], "big") for at in range(_LOG_HEAD, len(data) - step + 1, step)}


def _page_size(head: bytes) -> int:
    """From the first bytes of a SQLite file. ValueError where they are not one's."""
    size = int.from_bytes(head[16:18], "big")
    size = 65536 if size == 1 else size
    if size < 512 or size & (size - 1):
        raise ValueError("not a SQLite file")
    return size
