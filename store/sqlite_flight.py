"""What the ledger knows of requests in the air, of pushes that are held, and of those that failed."""

# ruff: noqa: S608 (queries are put together from constants of this package, values are bound)

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path

from store.epoch import Epoch
from store.errors import StoreError
from store.go_log import NAME as GO_LOG, GoLog, Key
from store.model import Delivery, DeliveryState
from store.sqlite_chats import chat_id
from store.sqlite_deliveries import Deliveries
from store.sqlite_rows import CHAT_COLUMNS, DELIVERY_COLUMNS, delivery_of, micros, moment

_ROW = "SELECT id FROM deliveries WHERE chat_id = ? AND week = ? AND part = ?"
_TROUBLED = (
    f"SELECT d.id AS number, {CHAT_COLUMNS}, {DELIVERY_COLUMNS}"
    " FROM deliveries d JOIN chats c ON c.id = d.chat_id"
)
_IS_TROUBLE = "state IN ('failed', 'unknown')"
_GO_RECORDS = 5_000  # attempts; a log that knows of more is begun anew when nothing is in the air
_OPEN = "open"  # set while a process may write: found at the start, the one before did not end well
_ADVANCE_EVERY = timedelta(minutes=1)


class Flights(Deliveries):
    """The part of store.ledger.Ledger that is about what may have gone wrong."""

    def __init__(self, db: sqlite3.Connection, path: Path, *, read_only: bool) -> None:
        super().__init__(db, path)
        self._go = None if read_only else GoLog(path.with_name(GO_LOG))
        self._epoch = None if read_only else Epoch(path.parent)
        self._advanced: datetime | None = None
        self._unclean = self._closed = False
        if not read_only:
            self._unclean = self._in_the_air() or _mark(db, _OPEN) is not None
            self._begin_epoch()

    # in the air

    def mark_sending(self, delivery: Delivery, *, at: datetime) -> Delivery | None:
        if not self._db.in_transaction:
            self._fresh_log(more_than=_GO_RECORDS)
        return super().mark_sending(delivery, at=at)

    def begin_parts(self, booking: Delivery, contents: Sequence[str], *, at: datetime) -> Delivery | None:
        if not self._db.in_transaction:
            self._fresh_log(more_than=_GO_RECORDS)
        return super().begin_parts(booking, contents, at=at)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self._fresh_log(more_than=_GO_RECORDS)  # inside, what is settled may yet be undone
        with super().transaction():
            yield

    def mark_go(self, delivery: Delivery) -> None:
        key = self._in_air(delivery)
        if key is not None and self._go is not None and not self._go.blind:
            self._go.mark(key)  # blind = something of before is in the air: it cannot be told apart

    def may_have_gone(self, delivery: Delivery) -> bool:
        key = self._attempt(delivery)
        return key is None or self._go is None or self._go.may_have_gone(key)

    def mark_accepted(self, delivery: Delivery, message_id: str) -> None:
        key = self._in_air(delivery)
        if key is not None and self._go is not None and not self._go.blind:
            self._go.mark_accepted(key, message_id)

    def accepted(self, delivery: Delivery) -> str:
        key = self._attempt(delivery)
        return "" if key is None or self._go is None else self._go.accepted(key)

    def unclean(self) -> bool:
        return self._unclean

    def _in_air(self, delivery: Delivery) -> Key | None:
        """The attempt of a part that is being sent, without a look at its row where we marked it."""
        row = self._marked.get((delivery.chat, delivery.week, delivery.part))
        if row is None or delivery.updated_at is None:
            return self._attempt(delivery)
        return row, delivery.attempts, micros(delivery.updated_at)

    def _attempt(self, delivery: Delivery) -> Key | None:
        with self._reading() as db:
            row = self._row(_ROW, chat_id(db, delivery.chat), delivery.week, delivery.part)
            at = micros(delivery.updated_at or delivery.due)
            return None if row is None else (int(row["id"]), delivery.attempts, at)

    def _in_the_air(self) -> bool:
        return bool(self._rows("SELECT 1 FROM deliveries WHERE state = 'sending' LIMIT 1"))

    def _fresh_log(self, *, more_than: int) -> None:
        """Begin a new log where there is none to believe, or it is long; never with rows in the air."""
        go = self._go
        if go is not None and (go.blind or go.size > more_than) and not self._in_the_air():
            go.begin()

    # held

    def hold(self, name: str, reason: str, *, at: datetime) -> None:
        with self._writing() as db:
            db.execute("INSERT OR IGNORE INTO holds VALUES (?, ?, ?)", (name, reason, micros(at)))

    def release(self, name: str) -> bool:
        with self._writing() as db:
            return db.execute("DELETE FROM holds WHERE name = ?", (name,)).rowcount == 1

    def holds(self) -> Mapping[str, str]:
        return {row["name"]: row["reason"] for row in self._rows("SELECT name, reason FROM holds")}

    def last_seen(self) -> datetime | None:
        with self._reading() as db:
            value = _mark(db, "seen")
            return None if value is None else moment(int(value))

    def seen(self, *, at: datetime) -> None:
        if self._advanced is not None and timedelta() <= at - self._advanced < _ADVANCE_EVERY:
            return
        self._advance(seen=at)
        self._advanced = at

    def _begin_epoch(self) -> None:
        """Compare with the mark outside the backups; a copy of before is held."""
        assert self._epoch is not None
        self._epoch.begin(ledger_has_one=self._row("SELECT 1 FROM marks WHERE name = 'epoch'") is not None)
        with self._writing() as db:
            if self._epoch.older(_mark(db, "epoch")):
                seen = int(_mark(db, "seen") or 0)
                db.execute("INSERT OR IGNORE INTO holds VALUES ('push', 'reason.restored', ?)", (seen,))
            _put_mark(db, _OPEN, "")
        self._advance()

    def _advance(self, *, seen: datetime | None = None) -> None:
        """One step further: in the ledger first, so that the mark outside is never ahead by itself."""
        assert self._epoch is not None
        with self._writing() as db:
            stamp = self._epoch.following(_mark(db, "epoch"))
            _put_mark(db, "epoch", stamp)
            if seen is not None:
                _put_mark(db, "seen", str(micros(seen)))
        self._epoch.write(stamp)

    # in trouble

    def troubled(
        self, *, since: datetime | None = None, offset: int = 0, limit: int = 10
    ) -> tuple[tuple[int, Delivery], ...]:
        with self._reading():
            rows = self._rows(
                f"{_TROUBLED} WHERE d.{_IS_TROUBLE} AND coalesce(d.updated_at, 0) >= ?"
                " ORDER BY d.updated_at DESC, d.id DESC LIMIT ? OFFSET ?",
                0 if since is None else micros(since),
                limit,
                offset,
            )
            return tuple((int(row["number"]), delivery_of(row)) for row in rows)

    def troubled_count(self, *, since: datetime | None = None) -> int:
        row = self._row(
            f"SELECT count(*) AS n FROM deliveries WHERE {_IS_TROUBLE} AND coalesce(updated_at, 0) >= ?",
            0 if since is None else micros(since),
        )
        return 0 if row is None else int(row["n"])

    def numbered(self, number: int) -> Delivery | None:
        with self._reading():
            row = self._row(f"{_TROUBLED} WHERE d.id = ?", number)
            return None if row is None else delivery_of(row)

    def retry(self, numbers: Sequence[int], *, at: datetime) -> int:
        changed = 0
        with self._writing() as db:
            for number in numbers:
                changed += db.execute(
                    "UPDATE deliveries SET state = 'planned', due = ?, updated_at = ?, attempts = 0,"
                    " reason = CASE WHEN state = 'unknown' THEN 'reason.again' ELSE '' END"
                    f" WHERE id = ? AND {_IS_TROUBLE} AND (parts = 0 OR content <> '')",
                    (micros(at), micros(at), number),
                ).rowcount
        return changed

    def past_counts(self) -> Mapping[tuple[str, str, DeliveryState], int]:
        with self._reading():
            rows = self._rows("SELECT week, platform, state, count FROM past ORDER BY week, platform, state")
            return {
                (row["week"], row["platform"], DeliveryState(row["state"])): int(row["count"]) for row in rows
            }

    def close(self) -> None:
        if self._go is not None and not self._closed:
            self._go.close()
            with suppress(StoreError), self._writing() as db:  # else the next start is a careful one
                db.execute("DELETE FROM marks WHERE name = ?", (_OPEN,))
        self._closed = True
        super().close()


def _mark(db: sqlite3.Connection, name: str) -> str | None:
    row = db.execute("SELECT value FROM marks WHERE name = ?", (name,)).fetchone()
    return None if row is None else str(row["value"])


def _put_mark(db: sqlite3.Connection, name: str, value: str) -> None:
    db.execute("INSERT OR REPLACE INTO marks VALUES (?, ?)", (name, value))
