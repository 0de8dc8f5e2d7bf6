"""The ledger's chats and what they asked for, in SQLite."""

# ruff: noqa: S608 (queries are put together from constants of this package, values are bound)

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from store.model import Chat, Subscriber, SubscriberState
from store.sqlite_file import File, as_store_error
from store.sqlite_rows import (
    CHAT_COLUMNS,
    SUBSCRIBER_COLUMNS,
    chat_of,
    maybe_moment,
    merged,
    micros,
    subscriber_of,
    subscriber_values,
)

ASKED = (
    "c.platform = json_extract(asked.value, '$[0]') AND c.tenant = json_extract(asked.value, '$[1]')"
    " AND c.chat = json_extract(asked.value, '$[2]') AND c.thread = json_extract(asked.value, '$[3]')"
)
"""Of a chat `c`: that it is one of those in a list of names(), as JSON, that is read as `asked`."""
_SELECT = f"SELECT {CHAT_COLUMNS}, {SUBSCRIBER_COLUMNS} FROM subscribers s JOIN chats c ON c.id = s.chat_id"
_SELECT_OF = (
    f"SELECT {CHAT_COLUMNS}, {SUBSCRIBER_COLUMNS} FROM json_each(?) asked CROSS JOIN chats c ON {ASKED}"
    " JOIN subscribers s ON s.chat_id = c.id"
)
_SELECT_CHATS = f"SELECT c.id, {CHAT_COLUMNS} FROM chats c"
_PUT = (
    f"INSERT INTO subscribers (chat_id, {SUBSCRIBER_COLUMNS})"
    f" VALUES (?{', ?' * (SUBSCRIBER_COLUMNS.count(',') + 1)}) ON CONFLICT (chat_id) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in SUBSCRIBER_COLUMNS.split(", "))
)
EARLIER_OPEN = (
    "SELECT 1 FROM deliveries e WHERE e.chat_id = d.chat_id AND e.week = d.week AND e.part < d.part"
    " AND e.state IN ('planned', 'sending')"
)
"""Of a delivery `d`: that an earlier part of the same digest is not settled."""
_KNOWN = 1024  # subscribers kept ready
_WATCHES = tuple(
    f"CREATE TEMP TRIGGER watch_{table}_{what} AFTER {what} ON main.{table}"
    " BEGIN SELECT subscribers_changed(); END"
    for table in ("subscribers", "chats")
    for what in ("INSERT", "UPDATE", "DELETE")
)
"""A subscriber that is read again after a change, whatever of this connection made it."""
_KEY = "platform = ? AND tenant = ? AND chat = ?"


class Chats(File):
    """The part of store.ledger.Ledger that is about chats."""

    def __init__(self, db: sqlite3.Connection, path: Path) -> None:
        super().__init__(db, path)
        self._known: dict[Chat, Subscriber | None] = {}
        self._known_at = -1
        if self._sums is not None:  # one that may write
            db.create_function("subscribers_changed", 0, self._known.clear)
            for statement in _WATCHES:
                db.execute(statement)

    def subscriber(self, chat: Chat) -> Subscriber | None:
        known = self._ready()
        if chat not in known:
            with self._reading():
                row = self._row(f"{_SELECT} WHERE {_KEY} AND thread = ?", *names(chat))
                known[chat] = None if row is None else subscriber_of(row)
        return known[chat]

    def subscribers_of(self, chats: Collection[Chat]) -> Mapping[Chat, Subscriber]:
        with self._reading():
            asked = json.dumps([names(chat) for chat in chats])
            return {one.chat: one for one in map(subscriber_of, self._rows(_SELECT_OF, asked))}

    def _ready(self) -> dict[Chat, Subscriber | None]:
        """What was read of chats since one of them changed, here (see _WATCHES), or since another process
        wrote anything: every answer asks for its chat. Nothing is kept of a transaction that may yet be
        undone.
        """
        if self._db.in_transaction:
            return {}
        try:
            written: int = self._db.execute("PRAGMA data_version").fetchone()[0]
        except sqlite3.Error as error:
            raise as_store_error(error, self._path) from error
        if written != self._known_at or len(self._known) >= _KNOWN:
            self._known.clear()
            self._known_at = written
        return self._known

    def put_subscriber(self, subscriber: Subscriber) -> None:
        with self._writing() as db:
            put(db, subscriber)

    def subscribers(
        self, *, state: SubscriberState | None = None, offset: int = 0, limit: int = 100
    ) -> tuple[Subscriber, ...]:
        where, values = ("", ()) if state is None else ("WHERE s.state = ?", (state.value,))
        with self._reading():
            rows = self._rows(f"{_SELECT} {where} ORDER BY c.name LIMIT ? OFFSET ?", *values, limit, offset)
            return tuple(subscriber_of(row) for row in rows)

    def subscriber_counts(self) -> Mapping[tuple[str, SubscriberState], int]:
        with self._reading():
            rows = self._rows(
                "SELECT c.platform, s.state, count(*) AS n FROM subscribers s"
                " JOIN chats c ON c.id = s.chat_id GROUP BY c.platform, s.state"
            )
            return {(row["platform"], SubscriberState(row["state"])): row["n"] for row in rows}

    def conversation(self, chat: Chat) -> tuple[Subscriber, ...]:
        with self._reading():
            rows = self._rows(f"{_SELECT} WHERE {_KEY} ORDER BY c.name", *names(chat)[:3])
            return tuple(subscriber_of(row) for row in rows)

    def keep_keeper(self, chat: Chat, user: str, *, at: datetime) -> None:
        with self._writing() as db:
            db.execute(
                "INSERT OR REPLACE INTO keepers VALUES (?, ?, ?)",
                (known_chat_id(db, chat), user, micros(at)),
            )

    def drop_keeper(self, chat: Chat, user: str) -> None:
        with self._writing() as db:
            db.execute(
                f"DELETE FROM keepers WHERE user = ? AND chat_id IN (SELECT id FROM chats WHERE {_KEY})",
                (user, *names(chat)[:3]),
            )

    def kept_by(self, platform: str, tenant: str, user: str, *, limit: int = 50) -> tuple[Chat, ...]:
        with self._reading():
            rows = self._rows(
                f"SELECT {CHAT_COLUMNS} FROM keepers k JOIN chats c ON c.id = k.chat_id"
                " WHERE k.user = ? AND c.platform = ? AND c.tenant = ? ORDER BY k.at DESC, c.name LIMIT ?",
                user,
                platform,
                tenant,
                limit,
            )
            return tuple(chat_of(row) for row in rows)

    def due_subscribers(self, now: datetime, *, limit: int = 1000) -> tuple[Subscriber, ...]:
        with self._reading():
            rows = self._rows(
                f"{_SELECT} WHERE s.state = 'active' AND s.next_at <= ?"
                " ORDER BY s.next_at, s.chat_id LIMIT ?",
                micros(now),
                limit,
            )
            return tuple(subscriber_of(row) for row in rows)

    def astray_subscribers(self, after: datetime, *, limit: int = 1000) -> tuple[Subscriber, ...]:
        with self._reading():
            rows = self._rows(
                f"{_SELECT} WHERE s.state = 'active' AND (s.next_at > ? OR s.next_at IS NULL)"
                " ORDER BY s.chat_id LIMIT ?",
                micros(after),
                limit,
            )
            return tuple(subscriber_of(row) for row in rows)

    def next_due(self) -> datetime | None:
        with self._reading():
            row = self._row(
                "SELECT min(at) AS at FROM ("
                " SELECT min(next_at) AS at FROM subscribers WHERE state = 'active'"
                " UNION ALL SELECT * FROM (SELECT d.due FROM deliveries d WHERE d.state = 'planned'"
                f" AND NOT EXISTS ({EARLIER_OPEN}) ORDER BY d.due LIMIT 1))"
            )
            return None if row is None else maybe_moment(row["at"])

    def move_chat(self, old: Chat, new_id: str, *, at: datetime) -> int:
        if old.id == new_id:
            return 0
        with self._writing() as db:
            rows = db.execute(f"{_SELECT_CHATS} WHERE {_KEY}", names(old)[:3]).fetchall()
            for row in rows:
                _move(db, row["id"], replace(chat_of(row), id=new_id))
            if rows:
                db.execute(
                    "INSERT OR REPLACE INTO moves VALUES (?, ?, ?, ?, ?)",
                    (*names(old)[:3], new_id, micros(at)),
                )
        return len(rows)

    def forget(self, chat: Chat) -> None:
        threads = "AND thread = ?" if chat.thread else ""
        values = names(chat) if chat.thread else names(chat)[:3]
        with self._writing() as db:
            db.execute(f"DELETE FROM chats WHERE {_KEY} {threads}", values)
            if not chat.thread:
                db.execute("DELETE FROM moves WHERE platform = ? AND tenant = ? AND ? IN (old, new)", values)
            _forget_in_audit(db, chat)
            if not chat.thread:
                _forget_keeper(db, chat)
        self._rows("VACUUM")  # a page that was split or merged may still hold a copy of deleted bytes
        self._move_log(all_of_it=True)


def names(chat: Chat) -> tuple[str, str, str, str]:
    return chat.platform, chat.tenant, chat.id, chat.thread


def chat_id(db: sqlite3.Connection, chat: Chat) -> int | None:
    """The row of a chat, or of the one it became."""
    row = db.execute(f"SELECT id FROM chats WHERE {_KEY} AND thread = ?", names(chat)).fetchone()
    return moved_id(db, chat) if row is None else int(row["id"])


def moved_id(db: sqlite3.Connection, chat: Chat) -> int | None:
    """The row of what a chat became; None where it did not move."""
    for _ in range(2):
        moved = db.execute(
            "SELECT new FROM moves WHERE platform = ? AND tenant = ? AND old = ?", names(chat)[:3]
        ).fetchone()
        if moved is None:
            return None
        chat = replace(chat, id=moved["new"])
        row = db.execute(f"SELECT id FROM chats WHERE {_KEY} AND thread = ?", names(chat)).fetchone()
        if row is not None:
            return int(row["id"])
    return None


def chat_named(db: sqlite3.Connection, key: int) -> Chat:
    """The chat of a row that is there."""
    return chat_of(db.execute(f"SELECT {CHAT_COLUMNS} FROM chats c WHERE id = ?", (key,)).fetchone())


def known_chat_id(db: sqlite3.Connection, chat: Chat) -> int:
    """The row of exactly this chat, made when there is none."""
    db.execute(
        "INSERT OR IGNORE INTO chats (platform, tenant, chat, thread, name) VALUES (?, ?, ?, ?, ?)",
        (*names(chat), str(chat)),
    )
    row = db.execute(f"SELECT id FROM chats WHERE {_KEY} AND thread = ?", names(chat)).fetchone()
    return int(row["id"])


def put(db: sqlite3.Connection, subscriber: Subscriber, key: int | None = None) -> None:
    """Insert or replace by chat (`key` = its row, where it is known), in the caller's transaction."""
    row = known_chat_id(db, subscriber.chat) if key is None else key
    db.execute(_PUT, (row, *subscriber_values(subscriber)))


def _move(db: sqlite3.Connection, old_id: int, new: Chat) -> None:
    """Give the rows of a chat to `new`, which may have some of its own."""
    found = db.execute(f"SELECT id FROM chats WHERE {_KEY} AND thread = ?", names(new)).fetchone()
    if found is None:
        values = (new.id, str(new), old_id)
        db.execute("UPDATE chats SET chat = ?, name = ? WHERE id = ?", values)
        return
    new_id = int(found["id"])
    theirs, ours = (
        db.execute(f"{_SELECT} WHERE s.chat_id = ?", (key,)).fetchone() for key in (old_id, new_id)
    )
    if theirs is not None:
        before = replace(subscriber_of(theirs), chat=new)
        put(db, merged(before, subscriber_of(ours)) if ours is not None else before)
    _move_deliveries(db, old_id, new_id)
    db.execute("UPDATE OR IGNORE keepers SET chat_id = ? WHERE chat_id = ?", (new_id, old_id))
    db.execute("DELETE FROM chats WHERE id = ?", (old_id,))


_TRIED = (
    "SELECT 1 FROM deliveries e WHERE e.chat_id = ? AND e.week = d.week"
    " AND (e.state <> 'planned' OR e.attempts > 0)"
)


def _move_deliveries(db: sqlite3.Connection, old_id: int, new_id: int) -> None:
    """Whole weeks move; where both chats have one, the new chat's stays, unless nothing of it
    was ever tried and something of the old one was.
    """
    db.execute(
        f"DELETE FROM deliveries AS d WHERE chat_id = ? AND NOT EXISTS ({_TRIED}) AND EXISTS ({_TRIED})",
        (new_id, new_id, old_id),
    )
    db.execute(
        "UPDATE deliveries SET chat_id = ? WHERE chat_id = ?"
        " AND week NOT IN (SELECT week FROM deliveries WHERE chat_id = ?)",
        (new_id, old_id, new_id),
    )


def _forget_keeper(db: sqlite3.Connection, chat: Chat) -> None:
    """What the person looks after whose private chat it is."""
    of_tenant = "chat_id IN (SELECT id FROM chats WHERE platform = ? AND tenant = ?)"
    db.execute(f"DELETE FROM keepers WHERE user = ? AND {of_tenant}", (chat.id, chat.platform, chat.tenant))


def _forget_in_audit(db: sqlite3.Connection, chat: Chat) -> None:
    """Drop audit lines that name the chat, and those of the person whose private chat it is."""
    person = "" if chat.thread else f"{chat.platform}:{chat.tenant}/{chat.id}"
    names_it = re.compile(rf"(?<![\w:/-]){re.escape(str(chat))}(?![\w-])")
    for row in db.execute("SELECT seq, who, what, detail FROM audit").fetchall():
        if row["who"] == person or names_it.search(f"{row['what']} {row['detail']}"):
            db.execute("DELETE FROM audit WHERE seq = ?", (row["seq"],))
