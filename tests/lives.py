"""A small life of a journal, its states commit by commit, and ways to make its disk fail."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from store.journal import Journal, Op


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Syncs are seen, counted and made to fail here, but nobody pulls this machine's plug."""
    monkeypatch.setattr(os, "fsync", lambda fd: None)
    monkeypatch.setattr(os, "fdatasync", lambda fd: None)


State = dict[str, dict[int, Any]]


def state_of(journal: Journal) -> State:
    """Every document, by table and id; empty tables are nothing."""
    found = {
        table: {key: journal.get(table, key) for key in journal.ids(table)} for table in journal.tables()
    }
    return {table: documents for table, documents in found.items() if documents}


def state_in(folder: Path, **options: Any) -> State:
    journal = Journal(folder / "library.json", **options)
    try:
        return state_of(journal)
    finally:
        journal.close()


def compacted(journal: Journal) -> None:
    """A whole compaction, due or not."""
    journal.make_due()
    while journal.compact(10):
        pass


# A life of a store: commits (one of many documents), a correction, a removal, and two compactions,
# with a commit in the middle of one.
LIFE: list[list[Op] | str] = [
    [("stories", 1, {"t": "하나"})],
    [("stories", 2, {"t": "둘"}), ("stories", 3, {"t": "셋"}), ("editions", 1, {"n": [1, 2]})],
    "compact",
    [("stories", 2, {"t": "두 번째"})],
    [("stories", 1, None)],
    "begin",
    [("stories", 4, {"t": "넷"}), ("stories", 3, None)],
    [("stories", 2, {"t": "세 번째"})],
    "compact",
    [("stories", 5, {"t": "다섯"})],
]


def states() -> list[State]:
    """The state after no, one, two… commits of LIFE."""
    found: list[State] = [{}]
    for ops in LIFE:
        if isinstance(ops, str):
            continue
        after = {table: dict(documents) for table, documents in found[-1].items()}
        for table, key, document in ops:
            after.setdefault(table, {}).pop(key, None)
            if document is not None:
                after[table][key] = document
        found.append(
            {table: dict(sorted(documents.items())) for table, documents in after.items() if documents}
        )
    return found


def live(journal: Journal, confirmed: Callable[[], object]) -> None:
    """Go through LIFE; `confirmed` is called after each commit."""
    for ops in LIFE:
        if ops == "compact":
            compacted(journal)
        elif ops == "begin":
            journal.make_due()
            for _ in range(3):
                journal.compact(0)
        elif not isinstance(ops, str):
            journal.commit(ops)
            confirmed()


def check(folder: Path, confirmed: int, **options: Any) -> None:
    """What is there is what was confirmed, or the commit that was under way as well; and it can go on."""
    found = state_in(folder, **options)

    assert found in states()[confirmed : confirmed + 2]
    if not options:
        journal = Journal(folder / "library.json")
        journal.commit([("stories", 9, {"t": "아홉"})])
        compacted(journal)
        assert state_of(journal) == state_in(folder, read_only=True)
        journal.close()
        assert state_in(folder)["stories"].pop(9) == {"t": "아홉"}


def a_lived_folder(folder: Path, *, compactions: bool = True) -> Path:
    journal = Journal(folder / "library.json")
    for ops in LIFE:
        if isinstance(ops, str):
            if compactions:
                compacted(journal)
        else:
            journal.commit(ops)
    journal.close()
    return folder


class Failing:
    """An `around` for patched(): calls of these names fail from number `left` on, after half of a write."""

    def __init__(self, left: int, error: int, names: tuple[str, ...]) -> None:
        self.left, self.error, self.names = left, error, names

    def __call__(self, name: str, real: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        if name in self.names:
            self.left -= 1
            if self.left < 0:
                if name == "pwrite":
                    real(args[0], bytes(args[1])[: len(args[1]) // 2], args[2])
                raise OSError(self.error, os.strerror(self.error))
        return real(*args)
