"""The ledger's bookings and deliveries, in SQLite. A part that arrived, or was decided against, is
never sent again, so its content is let go.
"""

# ruff: noqa: S608 (queries are put together from constants of this package, values are bound)

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from store.model import Chat, Delivery, DeliveryState, Subscriber
from store.sqlite_chats import (
    ASKED,
    EARLIER_OPEN,
    Chats,
    chat_id,
    chat_named,
    known_chat_id,
    moved_id,
    names,
    put,
)
from store.sqlite_rows import (
    CHAT_COLUMNS,
    DELIVERY_COLUMNS,
    chat_of,
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
_COMPOSE = (  # the booking becomes the first part
    "UPDATE deliveries SET parts = ?, state = 'planned', attempts = 0, content = ?"
    " WHERE chat_id = {} AND week = ? AND part = 0 AND parts = 0 AND state IN ('planned', 'sending')"
    f" RETURNING chat_id, {DELIVERY_COLUMNS}"
)
_SLOT = "d.chat_id = ? AND d.week = ?"
_CHAT = "(SELECT id FROM chats WHERE platform = ? AND tenant = ? AND chat = ? AND thread = ?)"
_HOLDERS = (  # the plus: not every row of the edition, for each chat
    f"SELECT {CHAT_COLUMNS} FROM json_each(?) asked CROSS JOIN chats c ON {ASKED}"
    " WHERE EXISTS (SELECT 1 FROM deliveries d WHERE d.chat_id = c.id AND +d.edition = ?"
    " AND d.state NOT IN ('failed', 'skipped'))"
)
_MARK = (
    "UPDATE deliveries SET state = 'sending', attempts = attempts + 1, updated_at = ?"
    f" WHERE chat_id = {{}} AND week = ? AND part = ? AND state = 'planned' RETURNING id, {DELIVERY_COLUMNS}"
)
_SETTLE = (
    "UPDATE deliveries SET state = ?1, updated_at = ?2, reason = ?3,"
    " content = CASE WHEN ?1 IN ('sent', 'skipped') THEN '' ELSE content END,"
    " message_id = CASE WHEN ?4 = '' THEN message_id ELSE ?4 END, due = coalesce(?5, due)"
    " WHERE chat_id = {} AND week = ?6 AND part = ?7 AND state <> 'sent'"
)
_COMPOSE_BY_NAME, _COMPOSE_BY_ID = _COMPOSE.format(_CHAT), _COMPOSE.format("?")
_BEGIN = (
    "UPDATE deliveries SET parts = ?, content = ?, state = 'sending', attempts = 1, updated_at = ?"
    f" WHERE chat_id = {_CHAT} AND week = ? AND part = 0 AND parts = 0 AND state = 'planned' AND attempts = 0"
    f" RETURNING id, chat_id, {DELIVERY_COLUMNS}"
)
_MARK_BY_NAME, _MARK_BY_ID = _MARK.format(_CHAT), _MARK.format("?")
_SETTLE_BY_NAME = _SETTLE.format(_CHAT.replace("= ?", "= ?{}").format(8, 9, 10, 11))
_SETTLE_BY_ID = _SETTLE.format("?8")

_TROUBLE = {DeliveryState.FAILED, DeliveryState.UNKNOWN}
_OF_STATE = {
    state: f"d.state = '{state.value}'"
    + (" AND d.state IN ('failed', 'unknown')" if state in _TROUBLE else "")
    for state in DeliveryState
}
"""The states in the words of the indexes that are of one state, or of two, alone (store/schema_8.sql)."""


class Deliveries(Chats):
    """The part of store.ledger.Ledger that is about bookings and deliveries."""

    def __init__(self, db: sqlite3.Connection, path: Path) -> None:
        super().__init__(db, path)
        self._marked: dict[tuple[Chat, str, int], int] = {}  # the rows of parts in the air

    def book(self, after: Subscriber, delivery: Delivery, *, expected_next_at: datetime | None) -> bool:
        with self._writing() as db:
            if expected_next_at is None:
                key = known_chat_id(db, delivery.chat)
                if db.execute(f"SELECT 1 FROM deliveries d WHERE {_SLOT}", (key, delivery.week)).fetchone():
                    return False
            elif (found := _waiting(db, delivery, expected_next_at)) is None:
                return False
            else:
                key = found
            db.execute(_INSERT, (key, *delivery_values(delivery)))
            if expected_next_at is not None:
                put(db, after, key)
        return True

    def write_parts(self, booking: Delivery, contents: Sequence[str]) -> tuple[Delivery, ...]:
        count, chat = len(contents), booking.chat
        with self._writing(statements=count) as db:
            first = db.execute(_COMPOSE_BY_NAME, (count, contents[0], *names(chat), booking.week)).fetchall()
            if not first:
                if (key := chat_id(db, chat)) is None:
                    return ()
                chat = chat_named(db, key)
                first = db.execute(_COMPOSE_BY_ID, (count, contents[0], key, booking.week)).fetchall()
                if not first:
                    return _slot(db, key, booking.week)
            part = delivery_of(first[0], chat)
            return (part, *_write_rest(db, first[0]["chat_id"], part, contents))

    def begin_parts(self, booking: Delivery, contents: Sequence[str], *, at: datetime) -> Delivery | None:
        count, chat = len(contents), booking.chat
        with self._writing(statements=count) as db:
            values = (count, contents[0], micros(at), *names(chat), booking.week)
            rows = db.execute(_BEGIN, values).fetchall()
            if not rows:
                return None
            part = delivery_of(rows[0], chat)
            if count > 1:
                rest = replace(part, state=DeliveryState.PLANNED, attempts=0, updated_at=booking.updated_at)
                _write_rest(db, rows[0]["chat_id"], rest, contents)
        self._marked[chat, part.week, 0] = rows[0]["id"]
        return part

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
        slot = (delivery.week, delivery.part)
        with self._writing(statements=1) as db:
            chat = delivery.chat
            rows = db.execute(_MARK_BY_NAME, (micros(at), *names(chat), *slot)).fetchall()
            if not rows and (moved := moved_id(db, chat)) is not None:
                rows = db.execute(_MARK_BY_ID, (micros(at), moved, *slot)).fetchall()
                chat = chat_named(db, moved)
        if not rows:
            return None
        self._marked[(delivery.chat, *slot)] = rows[0]["id"]
        return delivery_of(rows[0], chat)

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
        slot = (delivery.week, delivery.part)
        values = (state.value, micros(at), reason, message_id, None if due is None else micros(due), *slot)
        with self._writing(statements=1) as db:
            changed = db.execute(_SETTLE_BY_NAME, (*values, *names(delivery.chat))).rowcount
            if not changed and (moved := moved_id(db, delivery.chat)) is not None:
                db.execute(_SETTLE_BY_ID, (*values, moved))
        self._marked.pop((delivery.chat, *slot), None)

    def message_of(self, chat: Chat, week: str) -> str:
        row = self._row(
            f"SELECT message_id FROM deliveries WHERE chat_id = {_CHAT} AND week = ? AND part = 0",
            *names(chat),
            week,
        )
        return "" if row is None else str(row["message_id"])

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
            wheres.append(_OF_STATE[state])
        order = "ORDER BY d.week DESC, d.chat_id, d.part LIMIT ?"
        with self._reading():
            rows = self._rows(f"{_SELECT} WHERE {' AND '.join(wheres)} {order}", *values, limit)
            return tuple(delivery_of(row) for row in rows)

    def holders(self, edition: str, chats: Collection[Chat]) -> Collection[Chat]:
        with self._reading():
            asked = json.dumps([names(chat) for chat in chats])
            return frozenset(map(chat_of, self._rows(_HOLDERS, asked, edition)))

    def delivery_counts(self) -> Mapping[DeliveryState, int]:
        with self._reading():
            counts: dict[DeliveryState, int] = {
                state: int(self._rows(f"SELECT count(*) FROM deliveries d WHERE {of_state}")[0][0])
                for state, of_state in _OF_STATE.items()
                if state is not DeliveryState.SENT
            }
            total = int(self._rows("SELECT count(*) FROM deliveries")[0][0])
            counts[DeliveryState.SENT] = total - sum(counts.values())
            return {state: counts[state] for state in DeliveryState if counts[state]}


def _write_rest(
    db: sqlite3.Connection, key: int, part: Delivery, contents: Sequence[str]
) -> Sequence[Delivery]:
    """The parts of a digest behind its first one, which is `part`."""
    parts = [replace(part, part=at, content=contents[at]) for at in range(1, len(contents))]
    db.executemany(_INSERT, ((key, *delivery_values(one)) for one in parts))
    return parts


def _waiting(db: sqlite3.Connection, delivery: Delivery, expected: datetime) -> int | None:
    """The row of a chat whose next time is still this one, and of which this week is not recorded."""
    row = db.execute(
        "SELECT c.id, s.next_at, EXISTS (SELECT 1 FROM deliveries d WHERE d.chat_id = c.id AND d.week = ?)"
        " AS recorded FROM subscribers s JOIN chats c ON c.id = s.chat_id"
        " WHERE c.platform = ? AND c.tenant = ? AND c.chat = ? AND c.thread = ?",
        (delivery.week, *names(delivery.chat)),
    ).fetchone()
    if row is None or row["recorded"] or maybe_moment(row["next_at"]) != expected:
        return None
    return int(row["id"])


def _slot(db: sqlite3.Connection, key: int, week: str) -> tuple[Delivery, ...]:
    """What is recorded of one slot of one chat, by part."""
    rows = db.execute(f"{_SELECT} WHERE {_SLOT} ORDER BY d.part", (key, week)).fetchall()
    return tuple(delivery_of(row) for row in rows)
