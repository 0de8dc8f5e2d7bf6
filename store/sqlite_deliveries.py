"""The ledger's bookings and deliveries, in SQLite. A part that arrived, or was decided against, is
never sent again, so its content is let go.
"""

# ruff: noqa: S608 (queries are put together from constants of this package, values are bound)

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from store.model import Chat, Delivery, DeliveryState, Subscriber
from store.sqlite_chats import EARLIER_OPEN, Chats, chat_id, known_chat_id, put
from store.sqlite_rows import (
    CHAT_COLUMNS,
    DELIVERY_COLUMNS,
    delivery_of,
    delivery_values,
    maybe_moment,
    micros,
)

_SELECT = f"SELECT {CHAT_COLUMNS}, {DELIVERY_COLUMNS} FROM deliveries d JOIN chats c ON c.id = d.chat_id"
_INSERT = (
    f"INSERT INTO deliveries (chat_id, {DELIVERY_COLUMNS})"
    f" VALUES (?{', ?' * (DELIVERY_COLUMNS.count(',') + 1)})"
)
_SLOT = "d.chat_id = ? AND d.week = ?"


class Deliveries(Chats):
    """The part of store.ledger.Ledger that is about bookings and deliveries."""

    def book(self, after: Subscriber, delivery: Delivery, *, expected_next_at: datetime | None) -> bool:
        with self._writing() as db:
            if expected_next_at is None:
                key = known_chat_id(db, delivery.chat)
            elif (found := _waiting(db, delivery.chat, expected_next_at)) is None:
                return False
            else:
                key = found
            if db.execute(f"SELECT 1 FROM deliveries d WHERE {_SLOT}", (key, delivery.week)).fetchone():
                return False
            db.execute(_INSERT, (key, *delivery_values(delivery)))
            if expected_next_at is not None:
                put(db, after, key)
        return True

    def write_parts(self, booking: Delivery, contents: Sequence[str]) -> tuple[Delivery, ...]:
        with self._writing() as db:
            key = chat_id(db, booking.chat)
            stored = [] if key is None else _slot(db, key, booking.week)
            if key is None or not _is_booking(stored):
                return tuple(stored)
            db.execute("DELETE FROM deliveries AS d WHERE " + _SLOT, (key, booking.week))
            parts = tuple(
                replace(
                    stored[0],
                    part=part,
                    parts=len(contents),
                    state=DeliveryState.PLANNED,
                    attempts=0,
                    content=content,
                )
                for part, content in enumerate(contents)
            )
            for written in parts:
                db.execute(_INSERT, (key, *delivery_values(written)))
        return parts

    def due_deliveries(
        self, now: datetime, *, limit: int = 1000, without: Collection[tuple[str, str]] = ()
    ) -> tuple[Delivery, ...]:
        others = " AND NOT (c.platform = ? AND c.tenant = ?)" * len(without)
        with self._reading():
            rows = self._rows(
                f"{_SELECT} WHERE d.state = 'planned' AND d.due <= ?{others}"
                f" AND NOT EXISTS ({EARLIER_OPEN}) ORDER BY d.due, d.chat_id, d.week, d.part LIMIT ?",
                micros(now),
                *(name for door in without for name in door),
                limit,
            )
            return tuple(delivery_of(row) for row in rows)

    def mark_sending(self, delivery: Delivery, *, at: datetime) -> Delivery | None:
        with self._writing(statements=1) as db:
            key = chat_id(db, delivery.chat)
            changed = db.execute(
                "UPDATE deliveries SET state = 'sending', attempts = attempts + 1, updated_at = ?"
                " WHERE chat_id = ? AND week = ? AND part = ? AND state = 'planned'",
                (micros(at), key, delivery.week, delivery.part),
            ).rowcount
            if changed != 1:
                return None
            row = db.execute(f"{_SELECT} WHERE {_SLOT} AND d.part = ?", (key, delivery.week, delivery.part))
            return delivery_of(row.fetchone())

    def settle(
        self,
        delivery: Delivery,
        state: DeliveryState,
        *,
        at: datetime,
        message_id: str = "",
        reason: str = "",
        due: datetime | None = None,
    ) -> None:
        with self._writing(statements=1) as db:
            db.execute(
                "UPDATE deliveries SET state = ?, updated_at = ?, reason = ?,"
                " content = CASE WHEN ? IN ('sent', 'skipped') THEN '' ELSE content END,"
                " message_id = CASE WHEN ? = '' THEN message_id ELSE ? END, due = coalesce(?, due)"
                " WHERE chat_id = ? AND week = ? AND part = ? AND state <> 'sent'",
                (
                    state.value,
                    micros(at),
                    reason,
                    state.value,
                    message_id,
                    message_id,
                    None if due is None else micros(due),
                    chat_id(db, delivery.chat),
                    delivery.week,
                    delivery.part,
                ),
            )

    def drop_rest(self, delivery: Delivery, *, at: datetime, reason: str) -> int:
        with self._writing() as db:
            return db.execute(
                "UPDATE deliveries SET state = 'failed', updated_at = ?, reason = ?"
                " WHERE chat_id = ? AND week = ? AND edition = ? AND part > ? AND state = 'planned'",
                (
                    micros(at),
                    reason,
                    chat_id(db, delivery.chat),
                    delivery.week,
                    delivery.edition,
                    delivery.part,
                ),
            ).rowcount

    def interrupted(self) -> tuple[Delivery, ...]:
        with self._reading():
            rows = self._rows(f"{_SELECT} WHERE d.state = 'sending' ORDER BY d.due, d.chat_id, d.part")
            return tuple(delivery_of(row) for row in rows)

    def deliveries(
        self, chat: Chat | None = None, *, state: DeliveryState | None = None, limit: int = 20
    ) -> tuple[Delivery, ...]:
        wheres, values = ["1 = 1"], list[object]()
        if chat is not None:
            wheres.append("c.platform = ? AND c.tenant = ? AND c.chat = ? AND c.thread = ?")
            values += [chat.platform, chat.tenant, chat.id, chat.thread]
        if state is not None:
            wheres.append("d.state = ?")
            values.append(state.value)
        order = "ORDER BY d.week DESC, d.chat_id, d.part LIMIT ?"
        with self._reading():
            rows = self._rows(f"{_SELECT} WHERE {' AND '.join(wheres)} {order}", *values, limit)
            return tuple(delivery_of(row) for row in rows)

    def delivery_counts(self) -> Mapping[DeliveryState, int]:
        with self._reading():
            rows = self._rows("SELECT state, count(*) AS n FROM deliveries GROUP BY state")
            return {DeliveryState(row["state"]): row["n"] for row in rows}

    def posted(self, edition: str) -> tuple[Delivery, ...]:
        with self._reading():
            rows = self._rows(
                f"{_SELECT} WHERE d.edition = ? AND d.state = 'sent' ORDER BY d.chat_id, d.week, d.part",
                edition,
            )
            return tuple(delivery_of(row) for row in rows)


def _waiting(db: sqlite3.Connection, chat: Chat, expected: datetime) -> int | None:
    """The row of a chat whose next time is still this one."""
    row = db.execute(
        "SELECT c.id, s.next_at FROM subscribers s JOIN chats c ON c.id = s.chat_id"
        " WHERE c.platform = ? AND c.tenant = ? AND c.chat = ? AND c.thread = ?",
        (chat.platform, chat.tenant, chat.id, chat.thread),
    ).fetchone()
    return int(row["id"]) if row is not None and maybe_moment(row["next_at"]) == expected else None


def _slot(db: sqlite3.Connection, key: int, week: str) -> list[Delivery]:
    """What is recorded of one slot of one chat, by part."""
    rows = db.execute(f"{_SELECT} WHERE {_SLOT} ORDER BY d.part", (key, week)).fetchall()
    return [delivery_of(row) for row in rows]


def _is_booking(stored: Sequence[Delivery]) -> bool:
    return (
        len(stored) == 1
        and stored[0].parts == 0
        and stored[0].state in {DeliveryState.PLANNED, DeliveryState.SENDING}
    )
