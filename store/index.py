"""A search index in SQLite's FTS5, over two-character grams of our own: Korean words have two
syllables, which FTS5's trigrams cannot find. A file that may be deleted: it is built again.

A run of letters "텐센트" is kept as the tokens 텐센, 센트, 트: a word is found as the phrase of its
grams, so that what the index finds holds the word, always. A lone character is a token's beginning.
A row is (key << 8 | version): rows are only added, and the ones that a correction or removal has
outdated are left out of answers (FTS5 could only delete them if it was told the old text).
"""

from __future__ import annotations

import sqlite3
import string
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice, pairwise
from pathlib import Path

FORM = "1"  # of the tokens and tables; another number builds the file again
_VERSIONS = 8  # bits
_BROKEN = (sqlite3.Error, OSError, UnicodeDecodeError)  # SQLite quotes damaged bytes in its errors
_HELD = 4 << 20  # bytes of tokens that wait in memory for a commit, so that `put` never writes
_GONE = (1 << _VERSIONS) - 1  # the version of what is not there any more
_TOKENS = "ascii tokenchars '{}'".format(string.punctuation.replace("'", "''"))


class IndexBroken(Exception):
    """The file cannot be read or written. The caller may `reset` it or do without."""


class SearchIndex:
    """The file `path`. `mark` names the state of the store that it knows, "" = none."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.path, self.read_only = path, read_only
        self.mark = ""
        self._versions: dict[int, int] = {}  # of the few keys whose version is not 0
        self._db: sqlite3.Connection | None = None
        self._reader: sqlite3.Connection | None = None  # sees what is committed, while a commit goes on
        try:
            self._open()
        except _BROKEN:
            self.reset()

    @property
    def usable(self) -> bool:
        return self._reader is not None

    def find(
        self,
        words: Sequence[str],
        limit: int,
        *,
        titles: bool = False,
        lets: Callable[[int], bool] | None = None,
    ) -> list[int]:
        """Keys of texts (or of `titles`) that hold every word: at most `limit`, greatest key first.

        With `lets`, only those keys that it lets through; others are passed over and not counted.
        """
        query = " AND ".join(phrase(word) for word in words)
        table = "titles" if titles else "texts"
        sql = f"SELECT rowid FROM {table} WHERE {table} MATCH ? ORDER BY rowid DESC LIMIT ?"  # noqa: S608
        if self._reader is None:
            raise IndexBroken("no file")
        try:
            if lets is None:
                return self._all(self._reader.execute(sql, (query, limit)).fetchall())
            rows = self._reader.execute(sql, (query, -1))
            found = list(islice(self._let(rows, lets), limit))
            rows.close()
        except _BROKEN as error:
            raise IndexBroken(str(error)) from error
        return found

    def _all(self, rows: Sequence[tuple[int]]) -> list[int]:
        if not self._versions:
            return [row >> _VERSIONS for (row,) in rows]
        return [key for (row,) in rows if (key := self._alive(row)) is not None]

    def _let(self, rows: sqlite3.Cursor, lets: Callable[[int], bool]) -> Iterator[int]:
        for (row,) in rows:
            key = self._alive(row) if self._versions else row >> _VERSIONS
            if key is not None and lets(key):
                yield key

    def put(self, key: int, title: str, text: str) -> None:
        """Index a text (folded by the caller, title included), instead of what this key had."""
        self._begin()
        version = self._next_version(key)
        row = key << _VERSIONS | version
        self._run("INSERT INTO texts(rowid, grams) VALUES (?, ?)", (row, grams(text)))
        self._run("INSERT INTO titles(rowid, grams) VALUES (?, ?)", (row, grams(title)))

    def remove(self, key: int) -> None:
        """Leave a key out of answers."""
        self._begin()
        self._set_version(key, _GONE)

    def commit(self, mark: str) -> None:
        """Keep what was put and removed, as the state `mark`. For another thread: FTS5 merges its parts here.

        Nothing but `find` may be called meanwhile.
        """
        self._begin()
        self._run("INSERT OR REPLACE INTO state VALUES ('mark', ?)", (mark,))
        self._run("COMMIT")
        self.mark = mark

    def reset(self) -> None:
        """Begin with an empty file; where even that fails, have none."""
        self.close()
        if self.read_only:
            return
        try:
            for end in ("", "-wal", "-shm"):
                self.path.with_name(self.path.name + end).unlink(missing_ok=True)
            self._open()
        except _BROKEN:
            self.close()

    def checkpoint(self) -> None:
        """Move what was committed from the log into the file. For another thread: it waits for the disk."""
        try:
            other = sqlite3.connect(self.path, isolation_level=None, timeout=0.1)
            other.execute("PRAGMA synchronous = NORMAL")
            other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            other.close()
        except sqlite3.Error:
            return  # it is tried again, and the log is as good until then

    def log_size(self) -> int:
        """Bytes that `checkpoint` would move."""
        log = self.path.with_name(self.path.name + "-wal")
        return log.stat().st_size if log.exists() else 0

    def close(self) -> None:
        """Let go of the file; what was not committed is dropped. Idempotent."""
        self.mark, self._versions = "", {}
        for db in (self._reader, self._db):
            if db is not None:
                db.close()
        self._db = self._reader = None

    def _open(self) -> None:
        if self.read_only and not self.path.exists():
            return
        where = self.path.absolute().as_uri()
        if not self.read_only:
            self._db = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
            self.path.chmod(0o600)
            self._make(self._db)
        db = self._reader = sqlite3.connect(
            f"{where}?mode=ro", uri=True, isolation_level=None, check_same_thread=False
        )
        state = dict(db.execute("SELECT name, value FROM state"))
        if state.get("form") != FORM:
            raise sqlite3.DatabaseError("an index of another form")
        self.mark = state.get("mark", "")
        self._versions = dict(db.execute("SELECT key, version FROM versions"))

    def _make(self, db: sqlite3.Connection) -> None:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute("PRAGMA wal_autocheckpoint = 0")
        db.execute("CREATE TABLE IF NOT EXISTS state(name TEXT PRIMARY KEY, value TEXT)")
        db.execute("CREATE TABLE IF NOT EXISTS versions(key INTEGER PRIMARY KEY, version INTEGER)")
        db.execute("INSERT OR IGNORE INTO state VALUES ('form', ?)", (FORM,))
        if db.execute("SELECT 1 FROM sqlite_master WHERE name = 'titles'").fetchone():
            return
        options = "grams, content='', tokenize='{}'".format(_TOKENS.replace("'", "''"))
        for table in ("texts", "titles"):
            db.execute(f"CREATE VIRTUAL TABLE IF NOT EXISTS {table} USING fts5({options})")
            db.execute(f"INSERT INTO {table}({table}, rank) VALUES ('hashsize', ?)", (_HELD,))  # noqa: S608

    def _run(self, sql: str, values: Iterable[object] = ()) -> sqlite3.Cursor:
        if self._db is None:
            raise IndexBroken("no file")
        try:
            return self._db.execute(sql, tuple(values))
        except _BROKEN as error:
            raise IndexBroken(str(error)) from error

    def _begin(self) -> None:
        if self._db is not None and not self._db.in_transaction:
            self._run("BEGIN")

    def _alive(self, row: int) -> int | None:
        key, version = row >> _VERSIONS, row & _GONE
        return key if self._versions.get(key, 0) == version else None

    def _next_version(self, key: int) -> int:
        """A version this key never had. IndexBroken when it has had them all."""
        for version in range(_GONE):
            if not self._run("SELECT 1 FROM texts WHERE rowid = ?", (key << _VERSIONS | version,)).fetchone():
                if version or key in self._versions:
                    self._set_version(key, version)
                return version
        raise IndexBroken(f"{key} was corrected too often")

    def _set_version(self, key: int, version: int) -> None:
        self._versions[key] = version
        self._run("INSERT OR REPLACE INTO versions VALUES (?, ?)", (key, version))


def grams(text: str) -> str:
    """The tokens of a text, parted by spaces."""
    found: list[str] = []
    for run in text.replace("\0", " ").split():
        found += map("".join, pairwise(run))
        found.append(run[-1])
    return " ".join(found)


def phrase(word: str) -> str:
    """An FTS5 expression for the texts that hold `word`."""
    if len(word) == 1:
        return f"{_quoted(word)} *"
    return _quoted(" ".join(map("".join, pairwise(word))))


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
