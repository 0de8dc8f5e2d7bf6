"""The ledger's inbox, tokens, secrets, audit and misses, in SQLite."""

from __future__ import annotations

import secrets
import sqlite3
from datetime import datetime, timedelta
from pathlib import Path

from store.ledger import AuditLine, Miss
from store.sqlite_file import File
from store.sqlite_rows import micros, moment

_A_DAY = timedelta(days=1)


class Inbox(File):
    """The part of store.ledger.Ledger that is about small things."""

    def __init__(self, db: sqlite3.Connection, path: Path) -> None:
        super().__init__(db, path)
        self._secrets: dict[str, bytes] = {}  # a secret never changes once it is kept

    def receive(self, key: str, body: str, *, at: datetime) -> bool:
        with self._writing() as db:
            return (
                db.execute(
                    "INSERT OR IGNORE INTO inbox (key, body, received_at) VALUES (?, ?, ?)",
                    (key, body, micros(at)),
                ).rowcount
                == 1
            )

    def handled(self, key: str, *, at: datetime) -> None:
        with self._writing() as db:
            db.execute(
                "UPDATE inbox SET body = '', handled_at = ? WHERE key = ? AND handled_at IS NULL",
                (micros(at), key),
            )

    def unhandled(self, *, limit: int = 1000) -> tuple[tuple[str, str], ...]:
        return tuple((key, body) for key, body, _ in self.left(limit=limit))

    def left(self, *, limit: int = 1000) -> tuple[tuple[str, str, int], ...]:
        rows = self._rows(
            "SELECT key, body, attempts FROM inbox WHERE handled_at IS NULL AND aside_at IS NULL"
            " ORDER BY seq LIMIT ?",
            limit,
        )
        return tuple((row["key"], row["body"], int(row["attempts"])) for row in rows)

    def begin_again(self, key: str) -> None:
        with self._writing() as db:
            db.execute("UPDATE inbox SET attempts = attempts + 1 WHERE key = ?", (key,))

    def set_aside(self, key: str, *, at: datetime) -> None:
        with self._writing() as db:
            db.execute(
                "UPDATE inbox SET aside_at = ? WHERE key = ? AND handled_at IS NULL", (micros(at), key)
            )

    def aside(self, *, limit: int = 1000) -> tuple[tuple[str, datetime], ...]:
        rows = self._rows(
            "SELECT key, aside_at FROM inbox WHERE aside_at IS NOT NULL ORDER BY aside_at DESC, seq LIMIT ?",
            limit,
        )
        return tuple((row["key"], moment(row["aside_at"])) for row in rows)

    def take_up(self) -> int:
        with self._writing() as db:
            return db.execute(
                "UPDATE inbox SET aside_at = NULL, attempts = 1 WHERE aside_at IS NOT NULL"
            ).rowcount

    def keep_command(self, command: str, *, at: datetime) -> str:
        known = self._row("SELECT token, at FROM tokens WHERE command = ?", command)
        if known is not None and at - moment(known["at"]) < _A_DAY:
            return str(known["token"])
        with self._writing() as db:
            db.execute(
                "INSERT INTO tokens (token, command, at) VALUES (?, ?, ?)"
                " ON CONFLICT (command) DO UPDATE SET at = max(at, excluded.at)",
                (secrets.token_urlsafe(9), command, micros(at)),
            )
            row = db.execute("SELECT token FROM tokens WHERE command = ?", (command,)).fetchone()
            return str(row["token"])

    def command_of(self, token: str) -> str | None:
        row = self._row("SELECT command FROM tokens WHERE token = ?", token)
        return None if row is None else str(row["command"])

    def keep_draft(self, key: str, body: str, *, at: datetime) -> None:
        with self._writing() as db:
            db.execute(
                "INSERT OR REPLACE INTO drafts (key, body, at) VALUES (?, ?, ?)", (key, body, micros(at))
            )

    def draft(self, key: str) -> str | None:
        row = self._row("SELECT body FROM drafts WHERE key = ?", key)
        return None if row is None else str(row["body"])

    def drop_draft(self, key: str) -> None:
        with self._writing() as db:
            db.execute("DELETE FROM drafts WHERE key = ?", (key,))

    def secret(self, name: str) -> bytes:
        if name in self._secrets:
            return self._secrets[name]
        row = self._row("SELECT value FROM secrets WHERE name = ?", name)
        if row is not None:
            value = bytes(row["value"])
            if not self._db.in_transaction:  # one that is not settled may yet be undone
                self._secrets[name] = value
            return value
        with self._writing() as db:
            db.execute("INSERT OR IGNORE INTO secrets VALUES (?, ?)", (name, secrets.token_bytes(32)))
            return bytes(db.execute("SELECT value FROM secrets WHERE name = ?", (name,)).fetchone()["value"])

    def note(self, line: AuditLine) -> None:
        with self._writing() as db:
            db.execute(
                "INSERT INTO audit (at, who, what, detail) VALUES (?, ?, ?, ?)",
                (micros(line.at), line.who, line.what, line.detail),
            )

    def audit(self, *, limit: int = 50) -> tuple[AuditLine, ...]:
        rows = self._rows("SELECT at, who, what, detail FROM audit ORDER BY seq DESC LIMIT ?", limit)
        return tuple(AuditLine(moment(row["at"]), row["who"], row["what"], row["detail"]) for row in rows)

    def note_miss(self, query: str, *, at: datetime) -> None:
        folded = query.casefold()[:60]
        with self._writing() as db:
            db.execute(
                "INSERT INTO misses VALUES (?, 1, ?) ON CONFLICT (query)"
                " DO UPDATE SET count = count + 1, last_at = max(last_at, excluded.last_at)",
                (folded, micros(at)),
            )

    def misses(self, *, limit: int = 20) -> tuple[Miss, ...]:
        rows = self._rows(
            "SELECT query, count, last_at FROM misses ORDER BY count DESC, last_at DESC, query LIMIT ?", limit
        )
        return tuple(Miss(row["query"], row["count"], moment(row["last_at"])) for row in rows)
