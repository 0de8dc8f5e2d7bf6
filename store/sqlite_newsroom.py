"""The newsroom's part of the ledger, in SQLite."""

# ruff: noqa: S608 (queries are put together from constants of this package, values are bound)

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Literal

from store.newsroom import Choice, ChoiceKind, Membership, Spent, Votes
from store.sqlite_file import File
from store.sqlite_rows import micros, moment

_AT_ONCE = 500  # values bound in one query


class NewsroomRows(File):
    """store.newsroom.Newsroom."""

    _newsroom_state = 0

    def newsroom_state(self) -> int:
        return self._newsroom_state

    def join(self, memberships: Sequence[Membership], *, at: datetime) -> None:
        rows = [
            (int(m.entry), int(m.story), json.dumps(m.why, ensure_ascii=False), micros(at))
            for m in memberships
        ]
        with self._writing() as db:
            db.executemany("INSERT OR REPLACE INTO groups (entry, story, why, at) VALUES (?, ?, ?, ?)", rows)

    def memberships(self, stories: Collection[str]) -> tuple[Membership, ...]:
        found = [
            _membership(row)
            for marks, values in _batches([int(story) for story in stories])
            for row in self._rows(f"SELECT * FROM groups WHERE story IN ({marks})", *values)
        ]
        return tuple(sorted(found, key=lambda each: int(each.entry)))

    def memberships_from(self, entry: str, *, limit: int = 1000) -> tuple[Membership, ...]:
        query = "SELECT * FROM groups WHERE entry >= ? ORDER BY entry LIMIT ?"
        return tuple(_membership(row) for row in self._rows(query, int(entry or 0), limit))

    def last_grouped(self) -> str:
        row = self._row("SELECT max(entry) AS last FROM groups")
        return "" if row is None or row["last"] is None else str(row["last"])

    def choose(self, choice: Choice) -> None:
        with self._writing() as db:
            db.execute(
                "INSERT OR REPLACE INTO choices VALUES (?, ?, ?, ?, ?, ?)",
                (choice.week, int(choice.story), choice.kind, choice.value, choice.who, micros(choice.at)),
            )

    def unchoose(self, week: str, story: str, kind: ChoiceKind | None = None) -> int:
        with self._writing() as db:
            return db.execute(
                "DELETE FROM choices WHERE week = ? AND story = ? AND kind = coalesce(?, kind)",
                (week, int(story), kind),
            ).rowcount

    def choices(self, week: str) -> tuple[Choice, ...]:
        rows = self._rows("SELECT * FROM choices WHERE week = ? ORDER BY at, story, kind", week)
        return tuple(
            Choice(row["week"], str(row["story"]), row["kind"], row["value"], row["who"], moment(row["at"]))
            for row in rows
        )

    def place(self, placements: Mapping[str, str], *, at: datetime) -> None:
        rows = [(story, body, micros(at)) for story, body in placements.items()]
        with self._writing() as db:
            db.executemany("INSERT OR REPLACE INTO placements (story, body, at) VALUES (?, ?, ?)", rows)

    def placement(self, story: str) -> str | None:
        row = self._row("SELECT body FROM placements WHERE story = ?", story)
        return None if row is None else str(row["body"])

    def vote(self, story: str, voter: bytes, value: Literal[-1, 0, 1], *, at: datetime) -> Votes:
        with self._writing() as db:
            if value:
                db.execute(
                    "INSERT OR REPLACE INTO votes (story, voter, value, at) VALUES (?, ?, ?, ?)",
                    (story, voter, value, micros(at)),
                )
            else:
                db.execute("DELETE FROM votes WHERE story = ? AND voter = ?", (story, voter))
        self._newsroom_state += 1
        return self.votes([story]).get(story, Votes())

    def votes(self, stories: Collection[str]) -> Mapping[str, Votes]:
        return {
            row["story"]: Votes(row["up"], row["down"])
            for marks, values in _batches(list(stories))
            for row in self._rows(
                "SELECT story, sum(value = 1) AS up, sum(value = -1) AS down FROM votes"
                f" WHERE story IN ({marks}) GROUP BY story",
                *values,
            )
        }

    def said(self, key: str) -> str | None:
        row = self._row("SELECT body FROM said WHERE key = ?", key)
        return None if row is None else str(row["body"])

    def keep_said(self, key: str, body: str, *, at: datetime) -> None:
        with self._writing() as db:
            db.execute(
                "INSERT OR REPLACE INTO said (key, body, at) VALUES (?, ?, ?)", (key, body, micros(at))
            )
        self._newsroom_state += 1

    def spend(self, *, requests: int, tokens: int, at: datetime) -> Spent:
        with self._writing() as db:
            db.execute(
                "INSERT INTO spent VALUES (?, ?, ?) ON CONFLICT (day)"
                " DO UPDATE SET requests = requests + excluded.requests, tokens = tokens + excluded.tokens",
                (_day(at), requests, tokens),
            )
        return self.spent(at)

    def spent(self, at: datetime) -> Spent:
        row = self._row("SELECT requests, tokens FROM spent WHERE day = ?", _day(at))
        return Spent() if row is None else Spent(row["requests"], row["tokens"])


def _membership(row: sqlite3.Row) -> Membership:
    return Membership(str(row["entry"]), str(row["story"]), tuple(json.loads(row["why"])))


def _batches(values: Sequence[object]) -> Iterator[tuple[str, tuple[object, ...]]]:
    for start in range(0, len(values), _AT_ONCE):
        some = tuple(values[start : start + _AT_ONCE])
        yield ", ".join("?" * len(some)), some


def _day(at: datetime) -> str:
    return at.astimezone(UTC).date().isoformat()
