"""Ledger on SQLite: one file, ledger.sqlite, in the data folder.

To be called from the thread that opened it. A second process may write to the same file: every
write takes the lock at its start and compares before it sets.
"""

# ruff: noqa: S608 (queries are put together from constants of this package, values are bound)

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from store.errors import StoreError
from store.ledger import Ledger
from store.sqlite_broadcasts import SqliteBroadcasts
from store.sqlite_edits import SqliteEdits
from store.sqlite_file import open_file
from store.sqlite_flight import Flights
from store.sqlite_inbox import Inbox
from store.sqlite_installs import Installs
from store.sqlite_newsroom import NewsroomRows
from store.sqlite_rows import micros

NAME = "ledger.sqlite"

_STEPS = (
    "schema.sql",
    "schema_2.sql",
    "schema_3.sql",
    "schema_4.sql",
    "schema_5.sql",
    "schema_6.sql",
    "schema_7.sql",
    "schema_8.sql",
)  # user_version counts them; a step that was released never changes
_INBOX_FOR = timedelta(hours=48)
_ASIDE_FOR = timedelta(days=7)
_DRAFTS_FOR = timedelta(days=7)
_TOKENS_FOR = timedelta(days=90)
_KEEPERS_FOR = timedelta(days=90)
_DELIVERIES_FOR = timedelta(weeks=13)
_COUNTS_FOR = timedelta(weeks=53)
_WEEK = timedelta(days=8)  # of a chat far in the east it may have begun a day before
_NEWSROOM_FOR = timedelta(weeks=13)  # votes, choices, reasons and a model's words
_NEWSROOM = ("votes", "choices", "said", "groups")
_OLD = "week < ? AND state NOT IN ('planned', 'sending') AND updated_at < ?"
_REMEMBER = (  # a push outside the weekly slot counts for its week
    "INSERT INTO past (week, platform, state, count)"
    " SELECT substr(d.week, 1, 8), c.platform, d.state, count(*)"
    f" FROM deliveries d JOIN chats c ON c.id = d.chat_id WHERE {_OLD} GROUP BY 1, 2, 3"
    " ON CONFLICT (week, platform, state) DO UPDATE SET count = count + excluded.count"
)


def open_ledger(folder: Path, *, read_only: bool = False) -> Ledger:
    """The ledger of a data folder, made or brought forward when needed.

    Read-only beside a writer is fine; with nothing there yet it is an empty ledger that refuses
    writes (StoreFull). Raises StoreNewer, StoreDamaged, StoreFull, StoreLocked.
    """
    here = Path(__file__).parent
    steps = tuple((here / step).read_text(encoding="utf-8") for step in _STEPS)
    path = folder / NAME
    return _opened(path, steps, read_only=read_only)


def _opened(path: Path, steps: tuple[str, ...], *, read_only: bool) -> SqliteLedger:
    db = open_file(path, steps, read_only=read_only)
    try:
        return SqliteLedger(db, path, read_only=read_only)
    except BaseException:
        db.close()
        raise


class SqliteLedger(Flights, SqliteEdits, Inbox, Installs, NewsroomRows, SqliteBroadcasts):
    """store.ledger.Ledger, all of it."""

    def prune(self, *, now: datetime) -> int:
        drops = (
            ("DELETE FROM inbox WHERE aside_at IS NULL AND received_at < ?", _INBOX_FOR),
            ("DELETE FROM inbox WHERE aside_at < ?", _ASIDE_FOR),
            ("DELETE FROM drafts WHERE at < ?", _DRAFTS_FOR),
            ("DELETE FROM tokens WHERE at < ?", _TOKENS_FOR),
            ("DELETE FROM keepers WHERE at < ?", _KEEPERS_FOR),
            ("DELETE FROM moves WHERE at < ?", _DELIVERIES_FOR),
            ("DELETE FROM corrections WHERE at < ?", _DELIVERIES_FOR),
            *((f"DELETE FROM {table} WHERE at < ?", _NEWSROOM_FOR) for table in _NEWSROOM),
        )
        self._fresh_log(more_than=0)
        with self._writing() as db:
            old = now - _DELIVERIES_FOR
            settled = (
                (old + _WEEK).strftime("%G-W%V"),
                micros(old),
            )  # a slot is never settled before it comes
            db.execute(_REMEMBER, settled)
            db.execute("DELETE FROM asked WHERE week < ?", ((now - _COUNTS_FOR).strftime("%G-W%V"),))
            dropped = db.execute(f"DELETE FROM deliveries WHERE {_OLD}", settled).rowcount
            return dropped + sum(db.execute(drop, (micros(now - age),)).rowcount for drop, age in drops)

    def check(self) -> tuple[str, ...]:
        """Plain English sentences on what is wrong with the file; empty when sound."""
        try:
            pages = self._page_faults()
            told = [row[0] for row in self._rows("PRAGMA integrity_check(20)")]
            orphans = self._rows("PRAGMA foreign_key_check")
            lost = self._rows(
                "SELECT c.name FROM subscribers s JOIN chats c ON c.id = s.chat_id"
                " WHERE s.state = 'active' AND s.next_at IS NULL ORDER BY c.name LIMIT 20"
            )
        except StoreError as error:
            return (f"{self._path.name} cannot be read: {error}.",)
        found = [*pages, *(f"{self._path.name}: {line}." for line in told if line != "ok")]
        found += [f"{self._path.name}: a row of {row[0]} belongs to no chat." for row in orphans]
        found += [f"{row['name']} is subscribed but has no next time." for row in lost]
        return tuple(found)
