"""Opening a SQLite file so that what it was told stays told.

WAL with synchronous=FULL (every commit is on the disk before it returns), foreign keys,
deleted bytes overwritten, schema steps numbered by user_version. Every page has a sum beside the
file (store/sqlite_sums.py), so the log is moved into the file here and not by SQLite itself. Knows
nothing of the ledger.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Literal

from store.errors import LedgerDamaged, StoreDamaged, StoreError, StoreFull, StoreLocked, StoreNewer
from store.sqlite_sums import Connection, Sums, checkpoint

_BUSY_SECONDS = 5.0
_FULL = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN}
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_FRAMES = 2048  # pages in a log that are worth moving into the file: some megabytes
_SHORT_READ = 522  # SQLITE_IOERR_SHORT_READ: the file ends where a page should be


def as_store_error(error: sqlite3.Error, path: Path) -> StoreError:
    """What an error of SQLite means for the one who asked."""
    extended = getattr(error, "sqlite_errorcode", 0) or 0
    code = extended & 0xFF
    ours = code == sqlite3.SQLITE_READONLY and os.access(path, os.W_OK)  # another process writes
    if code in _BUSY or ours:
        return StoreLocked(path=path)
    if code in _FULL and extended != _SHORT_READ:
        return StoreFull(path=path, detail=error)
    return StoreDamaged(path=path, detail=error)


class mapped:  # noqa: N801 - used as a function
    """SQLite's errors leave this block as StoreError."""

    __slots__ = ("_path",)

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, _: object, error: BaseException | None, __: object) -> Literal[False]:
        if isinstance(error, sqlite3.Error):
            raise as_store_error(error, self._path) from error
        if isinstance(error, UnicodeDecodeError):  # SQLite quotes damaged bytes in its errors
            raise StoreDamaged(path=self._path, detail=error) from error
        return False


def statements(script: str) -> Iterator[str]:
    """The single statements of a script, which executescript() would commit one by one."""
    piece = ""
    for row in script.splitlines(keepends=True):
        piece += row
        if sqlite3.complete_statement(piece):
            yield piece
            piece = ""


def migrate(db: sqlite3.Connection, steps: Sequence[str], path: Path) -> None:
    """Bring a schema forward, all of it in one transaction. StoreNewer when it is ahead of us."""
    found = _version(db, steps, path)
    if found == len(steps):
        return
    db.execute("BEGIN IMMEDIATE")
    try:
        found = _version(db, steps, path)  # another process may have been faster
        for step in steps[found:]:
            for statement in statements(step):
                db.execute(statement)
        db.execute(f"PRAGMA user_version = {len(steps)}")
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def _version(db: sqlite3.Connection, steps: Sequence[str], path: Path) -> int:
    found = int(db.execute("PRAGMA user_version").fetchone()[0])
    if found > len(steps):
        raise StoreNewer(path=path, found=found, known=len(steps))
    return found


def open_file(path: Path, steps: Sequence[str], *, read_only: bool) -> sqlite3.Connection:
    """A connection in autocommit (BEGIN is the caller's), migrated. The file is its owner's only.

    Read-only: a file that is not there yet, or of an older schema, is shown through a copy in memory.
    """
    with mapped(path):
        return _open_to_read(path, steps) if read_only else _open_to_write(path, steps)


def _connect(target: str, *, uri: bool = False) -> Connection:
    db = sqlite3.connect(target, timeout=_BUSY_SECONDS, isolation_level=None, uri=uri, factory=Connection)
    db.row_factory = sqlite3.Row
    return db


def _open_to_write(path: Path, steps: Sequence[str]) -> sqlite3.Connection:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise StoreFull(path=path, detail=error) from error
    db = _connect(str(path))
    db.holds(path)
    try:
        _version(db, steps, path)  # before anything is written to a newer program's file
        sums = _proven(db, path)
        if db.execute("PRAGMA journal_mode = WAL").fetchone()[0] != "wal":
            raise StoreFull(path=path, detail="its log could not be begun")
        db.execute("PRAGMA wal_autocheckpoint = 0")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA foreign_keys = ON")
        db.execute("PRAGMA secure_delete = ON")
        db.execute("PRAGMA temp_store = MEMORY")  # VACUUM would leave a copy in a temporary file
        migrate(db, steps, path)
        db.sums = sums
        if db.doubt or not sums.path.exists():  # the first time, or not to be gone by
            _check(db, path)
            checkpoint(db, sums)
    except BaseException:
        db.close()
        raise
    return db


def _proven(db: Connection, path: Path) -> Sums:
    """The sums of a file that is as it was left; LedgerDamaged when it is not."""
    sums = Sums(path)
    found = sums.faults(_number(db))
    if found.damage:  # looked at twice: a connection that was let go may have moved its log in between
        found = sums.faults(_number(db))
    if found.damage:
        raise LedgerDamaged(path=path, detail="; ".join(found.damage), sums=sums.path.name)
    db.doubt = found.doubt
    return sums


def _number(db: sqlite3.Connection) -> int:
    """The number of the file's last checkpoint; reading it brings the log's index up to date."""
    return int(db.execute("PRAGMA application_id").fetchone()[0])


def _check(db: sqlite3.Connection, path: Path) -> None:
    told = [row[0] for row in db.execute("PRAGMA quick_check(3)")]
    if told != ["ok"]:
        raise StoreDamaged(path=path, detail="; ".join(told))


def _open_to_read(path: Path, steps: Sequence[str]) -> sqlite3.Connection:
    if path.exists() and path.stat().st_size > 0:
        db = _connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        db.holds(path)
        try:
            if _version(db, steps, path) == len(steps):
                return db
            memory = _connect(":memory:")
            db.backup(memory)
        except BaseException:
            db.close()
            raise
        db.close()
    else:
        memory = _connect(":memory:")
    migrate(memory, steps, path)
    memory.execute("PRAGMA query_only = ON")
    return memory


@contextmanager
def transaction(db: sqlite3.Connection, path: Path) -> Iterator[sqlite3.Connection]:
    """One durable write, all or nothing; the lock is taken at its start."""
    with mapped(path):
        db.execute("BEGIN IMMEDIATE")
        try:
            yield db
            db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:  # SQLite has already undone it after some errors
                db.execute("ROLLBACK")
            raise


@contextmanager
def part_of_transaction(db: sqlite3.Connection, path: Path) -> Iterator[sqlite3.Connection]:
    """A write inside a transaction that is under way: all of it or nothing, durable with the whole."""
    with mapped(path):
        db.execute("SAVEPOINT part")
        try:
            yield db
        except BaseException:
            if db.in_transaction:
                db.execute("ROLLBACK TO part")
                db.execute("RELEASE part")
            raise
        db.execute("RELEASE part")


class File:
    """An open file: reading rows and writing transactions, errors mapped.

    After a write that the disk did not confirm nothing is read or written any more: what is in memory
    may not be what is on the disk, so the caller has to end and begin again (StoreFull says so).
    """

    def __init__(self, db: sqlite3.Connection, path: Path) -> None:
        self._db = db
        self._path = path
        self._sums: Sums | None = getattr(db, "sums", None)
        self._log = path.with_name(f"{path.name}-wal")
        self._broken = ""

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """Errors are StoreErrors; a value that we never write is damage."""
        self._require_sound()
        with mapped(self._path):
            try:
                yield self._db
            except (ValueError, TypeError, OverflowError) as error:
                raise StoreDamaged(path=self._path, detail=error) from error

    def _rows(self, query: str, *values: object) -> list[sqlite3.Row]:
        self._require_sound()
        with mapped(self._path):
            return self._db.execute(query, values).fetchall()

    def _row(self, query: str, *values: object) -> sqlite3.Row | None:
        rows = self._rows(query, *values)
        return rows[0] if rows else None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """The writes made inside are one: durable when it ends, or undone when it raises."""
        with self._whole():
            yield

    def _writing(self, *, statements: int = 2) -> AbstractContextManager[sqlite3.Connection]:
        """One write: a transaction of its own, or a part of the one that is under way. One that
        changes rows by a single statement needs no more: SQLite undoes that by itself.
        """
        self._require_sound()
        if not self._db.in_transaction:
            return self._whole()
        return nullcontext(self._db) if statements == 1 else part_of_transaction(self._db, self._path)

    @contextmanager
    def _whole(self) -> Iterator[sqlite3.Connection]:
        """A transaction: BEGIN IMMEDIATE to COMMIT."""
        self._require_sound()
        try:
            with transaction(self._db, self._path) as db:
                yield db
            self._move_log()
        except StoreError as error:
            if _unconfirmed(error.__cause__):
                self._broken = f"the disk did not confirm a write ({error.__cause__}): start again"
            raise

    def _require_sound(self) -> None:
        if self._broken:
            raise StoreFull(path=self._path, detail=self._broken)

    def _move_log(self, *, all_of_it: bool = False) -> None:
        """Checkpoint where the log has grown; `all_of_it` also cuts it to nothing."""
        if self._sums is None:
            return
        if (all_of_it or self._sums.waiting() > _FRAMES) and self._log.exists():
            with mapped(self._path):
                checkpoint(self._db, self._sums, truncate=all_of_it)

    def _page_faults(self) -> tuple[str, ...]:
        """Sentences on pages that are not as they were left, and on what was found at the start."""
        if self._sums is None:
            return ()
        with mapped(self._path):
            found = self._sums.faults(_number(self._db))
        return tuple(f"{one}." for one in (*getattr(self._db, "doubt", ()), *found.damage))

    def close(self) -> None:
        if self._broken and self._sums is not None:
            self._sums.drop()  # nothing is sealed that the disk did not confirm
            self._db.sums = None  # type: ignore[attr-defined]
        with mapped(self._path):
            self._db.close()


def _unconfirmed(error: BaseException | None) -> bool:
    """Whether a write failed in a way that leaves open what the disk holds now."""
    code = getattr(error, "sqlite_errorcode", 0) or 0
    return code & 0xFF == sqlite3.SQLITE_IOERR and code != _SHORT_READ
