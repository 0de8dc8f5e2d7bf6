"""The ledger's corrections, edits, publications and counts, in SQLite."""

# ruff: noqa: S608 (queries are put together from constants of this package, values are bound)

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from store.edits import Asked, Correction, Digest, Edit, EditState, Publication
from store.errors import StoreError
from store.sqlite_file import File
from store.sqlite_rows import CHAT_COLUMNS, chat_of, maybe_moment, micros, moment

_DIGEST = (
    f"SELECT {CHAT_COLUMNS}, d.id, d.week, d.edition, d.parts, f.since, f.planned, f.language, f.follows,"
    " f.mutes, f.length, f.layout, {0} AS n FROM frozen f JOIN deliveries d ON d.id = f.delivery_id"
    " JOIN chats c ON c.id = d.chat_id"
)
_ONE, _COUNTED = _DIGEST.format("1"), _DIGEST.format("count(*)")
_EDIT = (
    f"SELECT {CHAT_COLUMNS}, d.id, d.week, d.edition, d.part, d.parts, d.message_id, e.correction, e.content,"
    " e.attempts, e.due, e.reason FROM edits e JOIN deliveries d ON d.id = e.delivery_id"
    " JOIN chats c ON c.id = d.chat_id"
)
_KIND = "c.platform, d.parts, f.since, f.planned, f.language, f.follows, f.mutes, f.length, f.layout"
_ALIVE = (
    "SELECT 1 FROM deliveries s WHERE s.chat_id = {0}.chat_id AND s.week = {0}.week"
    " AND s.state IN ('planned', 'sending', 'sent')"
)
_READY = "e.state = 'planned' AND d.state = 'sent' AND d.message_id <> ''"
_LAST = "(SELECT max(id) FROM corrections WHERE edition = d.edition)"
_OPEN = "d.edition IN (SELECT edition FROM corrections WHERE open)"


class SqliteEdits(File):
    """store.edits.Edits, all of it."""

    def __init__(self, db: sqlite3.Connection, path: Path) -> None:
        super().__init__(db, path)
        self._asked: Counter[tuple[str, str, str]] = Counter()

    # corrections

    def note_correction(self, edition: str, what: str, before: str, *, at: datetime) -> int:
        with self._writing() as db:
            done = db.execute(
                "INSERT INTO corrections (edition, what, before, at) VALUES (?, ?, ?, ?)",
                (edition, what, before, micros(at)),
            )
            return int(done.lastrowid or 0)

    def corrections(self, edition: str, *, after: int = 0) -> tuple[Correction, ...]:
        rows = self._rows(
            "SELECT * FROM corrections WHERE edition = ? AND id > ? ORDER BY id", edition, after
        )
        return tuple(
            Correction(row["id"], row["edition"], row["what"], row["before"], moment(row["at"]))
            for row in rows
        )

    def digest_kinds(self, edition: str) -> tuple[tuple[Digest, int], ...]:
        with self._reading():
            rows = self._rows(
                f"{_COUNTED} WHERE d.edition = ? AND EXISTS ({_ALIVE.format('d')}) GROUP BY {_KIND}"
                " ORDER BY d.id",
                edition,
            )
            return tuple((_digest_of(row), int(row["n"])) for row in rows)

    def uncorrected(self, platforms: Collection[str], *, limit: int = 50) -> tuple[Digest, ...]:
        if not self._rows("SELECT 1 FROM corrections WHERE open LIMIT 1"):
            return ()
        behind = f"{_OPEN} AND f.planned < {_LAST}"
        ours = ", ".join("?" * len(platforms))
        with self._reading():
            rows = self._rows(
                f"{_ONE} WHERE {behind} AND c.platform IN ({ours}) ORDER BY d.id LIMIT ?",
                *platforms,
                limit,
            )
        if not rows:
            with self._writing() as db:
                db.execute(
                    "UPDATE corrections SET open = 0 WHERE open AND edition NOT IN (SELECT d.edition"
                    f" FROM deliveries d JOIN frozen f ON f.delivery_id = d.id WHERE {behind})"
                )
        return tuple(_digest_of(row) for row in rows)

    def plan_edits(
        self,
        digest: Digest,
        contents: Mapping[int, str],
        more: Sequence[str],
        *,
        correction: int,
        at: datetime,
    ) -> None:
        with self._writing() as db:
            moved = db.execute(
                "UPDATE frozen SET planned = ? WHERE delivery_id = ? AND planned = ? AND EXISTS"
                " (SELECT 1 FROM deliveries d WHERE d.id = delivery_id AND d.parts = ?)",
                (correction, digest.number, digest.planned, digest.parts),
            ).rowcount
            if moved != 1:
                return
            which = "chat_id, week FROM deliveries WHERE id = ?"
            for part, content in contents.items():
                db.execute(
                    "INSERT OR REPLACE INTO edits SELECT id, ?, ?, 'planned', ?, 0, '', ? FROM deliveries"
                    f" WHERE (chat_id, week) = (SELECT {which}) AND part = ?",
                    (correction, content, micros(at), micros(at), digest.number, part),
                )
            alive = _ALIVE.format("d")
            if not db.execute(
                f"SELECT 1 FROM deliveries d WHERE d.id = ? AND EXISTS ({alive})", (digest.number,)
            ).fetchone():
                return  # nothing of it arrived: there is nothing to go on with
            for part, content in enumerate(more, digest.parts):
                db.execute(
                    "INSERT INTO deliveries (chat_id, week, edition, part, parts, state, due, attempts,"
                    " message_id, content, reason, updated_at)"
                    " SELECT chat_id, week, edition, ?, ?, 'planned', ?, 0, '', ?, '', ?"
                    " FROM deliveries WHERE id = ?",
                    (part, digest.parts + len(more), micros(at), content, micros(at), digest.number),
                )
            if more:
                db.execute(
                    f"UPDATE deliveries SET parts = ? WHERE (chat_id, week) = (SELECT {which})",
                    (digest.parts + len(more), digest.number),
                )

    # edits

    def due_edits(
        self, now: datetime, *, limit: int = 100, without: Collection[str] = ()
    ) -> tuple[Edit, ...]:
        names = ", ".join("?" * len(without))
        others = f" AND c.platform NOT IN ({names}) AND c.platform || ':' || c.tenant NOT IN ({names})"
        with self._reading():
            rows = self._rows(
                f"{_EDIT} WHERE {_READY} AND e.due <= ?{others} ORDER BY e.due, d.id LIMIT ?",
                micros(now),
                *without,
                *without,
                limit,
            )
            return tuple(_edit_of(row) for row in rows)

    def settle_edit(
        self, edit: Edit, state: EditState, *, at: datetime, reason: str = "", due: datetime | None = None
    ) -> None:
        with self._writing() as db:
            db.execute(
                "UPDATE edits SET state = ?, reason = ?, updated_at = ?, due = ?,"
                " attempts = attempts + (? = 'planned'),"
                " content = CASE ? WHEN 'planned' THEN content ELSE '' END"
                " WHERE delivery_id = ? AND correction = ? AND state = 'planned'",
                (
                    state,
                    reason,
                    micros(at),
                    micros(due or edit.due),
                    state,
                    state,
                    edit.number,
                    edit.correction,
                ),
            )

    def next_edit(self) -> datetime | None:
        query = (
            f"SELECT min(e.due) AS due FROM edits e JOIN deliveries d ON d.id = e.delivery_id WHERE {_READY}"
        )
        row = self._row(query)
        return None if row is None else maybe_moment(row["due"])

    def edit_counts(self, edition: str = "") -> Mapping[EditState, int]:
        rows = self._rows(
            "SELECT e.state, count(*) AS n FROM edits e JOIN deliveries d ON d.id = e.delivery_id"
            " WHERE ? IN ('', d.edition) AND"
            " (e.state <> 'planned' OR d.state IN ('planned', 'sending', 'sent')) GROUP BY e.state",
            edition,
        )
        return {row["state"]: row["n"] for row in rows}

    def lost_edits(self, *, limit: int = 10) -> tuple[Edit, ...]:
        with self._reading():
            rows = self._rows(
                f"{_EDIT} WHERE e.state = 'failed' ORDER BY e.updated_at DESC, d.id LIMIT ?", limit
            )
            return tuple(_edit_of(row) for row in rows)

    # publications

    def put_publication(self, publication: Publication) -> None:
        with self._writing() as db:
            db.execute(
                "INSERT OR REPLACE INTO publications VALUES (?, ?, ?)",
                (publication.edition, micros(publication.at), publication.who),
            )

    def publications(self, *, until: datetime | None = None) -> tuple[Publication, ...]:
        where, values = ("", ()) if until is None else (" WHERE at <= ?", (micros(until),))
        rows = self._rows(f"SELECT * FROM publications{where} ORDER BY at, edition", *values)
        return tuple(Publication(row["edition"], moment(row["at"]), row["who"]) for row in rows)

    def drop_publication(self, edition: str) -> bool:
        with self._writing() as db:
            return db.execute("DELETE FROM publications WHERE edition = ?", (edition,)).rowcount == 1

    # counts

    def note_asked(self, kind: str, name: str, *, at: datetime) -> None:
        year, week, _ = at.isocalendar()
        self._asked[f"{year}-W{week:02}", kind, name] += 1

    def flush_asked(self) -> None:
        if not self._asked:
            return
        with self._writing() as db:
            db.executemany(
                "INSERT INTO asked VALUES (?, ?, ?, ?) ON CONFLICT (week, kind, name)"
                " DO UPDATE SET count = count + excluded.count",
                [(*key, count) for key, count in self._asked.items()],
            )
        self._asked.clear()

    def asked(self, kind: str, *, since: str, limit: int = 10) -> tuple[Asked, ...]:
        rows = self._rows(
            "SELECT name, sum(count) AS n FROM asked WHERE kind = ? AND week >= ? GROUP BY name", kind, since
        )
        counts = Counter({row["name"]: row["n"] for row in rows})
        for (week, what, name), count in self._asked.items():
            if what == kind and week >= since:
                counts[name] += count
        ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
        return tuple(Asked(kind, name, count) for name, count in ordered[:limit])

    def close(self) -> None:
        with suppress(StoreError):  # a copy that may only be read, a full disk: counts may be lost
            self.flush_asked()
        super().close()


def _digest_of(row: sqlite3.Row) -> Digest:
    return Digest(
        number=row["id"],
        chat=chat_of(row),
        week=row["week"],
        edition=row["edition"],
        parts=row["parts"],
        since=row["since"],
        planned=row["planned"],
        language=row["language"],
        follows=tuple(json.loads(row["follows"])),
        mutes=tuple(json.loads(row["mutes"])),
        length=row["length"],
        layout=row["layout"],
    )


def _edit_of(row: sqlite3.Row) -> Edit:
    return Edit(
        number=row["id"],
        chat=chat_of(row),
        week=row["week"],
        edition=row["edition"],
        part=row["part"],
        parts=row["parts"],
        message_id=row["message_id"],
        correction=row["correction"],
        content=row["content"],
        attempts=row["attempts"],
        due=moment(row["due"]),
        reason=row["reason"],
    )
