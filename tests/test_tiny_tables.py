"""store/tiny_tables.py: a TinyDB like any other, but for its cost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from tinydb import TinyDB, where
from tinydb.operations import delete, increment
from tinydb.storages import MemoryStorage
from tinydb.table import Document

from store.tiny_tables import JournalDB, JournalStorage


@pytest.fixture
def db(tmp_path: Path) -> Iterator[JournalDB]:
    opened = JournalDB(tmp_path / "library.json")
    yield opened
    opened.close()


def a_day(db: TinyDB) -> list[Any]:
    """Everything that a table can do, and what it answers."""
    table = db.table("stories")
    said: list[Any] = [
        table.insert({"n": 1, "t": "하나"}),
        table.insert_multiple([{"n": 2}, {"n": 3}]),
        table.insert(Document({"n": 9}, 9)),
        table.insert({"n": 10}),
        table.update({"seen": True}, where("n") > 2),
        table.update(increment("n"), doc_ids=[1, 77]),
        table.update(delete("seen"), where("n") == 9),
        table.update({"all": 1}),
        table.update_multiple([({"x": 1}, where("n") == 2), ({"y": 2}, where("n") == 3)]),
        table.upsert({"n": 2, "up": 1}, where("n") == 2),
        table.upsert({"n": 50}, where("n") == 50),
        table.upsert(Document({"n": 60}, 9)),
        table.remove(where("n") == 3),
        table.remove(doc_ids=[2, 88]),
        table.search(where("n") > 1),
        table.search(where("n") > 1),
        table.get(doc_id=9),
        table.get(doc_id=2),
        table.get(where("n") == 50),
        table.get(doc_ids=[1, 9]),
        table.contains(doc_id=1),
        table.contains(where("n") == 99),
        table.count(where("n") > 1),
        len(table),
        [(document.doc_id, dict(document)) for document in table],
        db.insert({"default": True}),
        sorted(db.tables()),
    ]
    db.table("other").insert_multiple({"i": i} for i in range(3))
    db.drop_table("stories")
    said += [sorted(db.tables()), db.table("other").all(), db.table("stories").all()]
    db.table("other").truncate()
    said.append(db.table("other").insert({"i": 9}))
    db.drop_tables()
    return [*said, sorted(db.tables())]


def test_a_day_goes_as_with_plain_tinydb(db: JournalDB) -> None:
    """The same calls, the same answers (but that ids are not given twice)."""
    ours, plain = a_day(db), a_day(TinyDB(storage=MemoryStorage))
    assert ours[-2] == 4
    assert plain[-2] == 1
    ours[-2] = plain[-2]
    assert ours == plain


def test_plain_tables_work_on_the_storage_too(tmp_path: Path) -> None:
    """Any TinyDB takes the storage; only the cost differs."""
    with TinyDB(tmp_path / "library.json", storage=JournalStorage) as db:
        plain = TinyDB(storage=MemoryStorage)
        assert a_day(db) == a_day(plain)


def test_what_was_written_is_there_after_reopening(db: JournalDB, tmp_path: Path) -> None:
    """And ids go on from where they were."""
    db.table("t").insert_multiple([{"a": 1}, {"a": 2}])
    db.close()
    again = JournalDB(tmp_path / "library.json")
    assert again.table("t").search(where("a") == 2) == [{"a": 2}]
    assert again.table("t").insert({"a": 3}) == 3
    again.close()


def test_a_failed_update_changes_nothing(db: JournalDB) -> None:
    """What cannot be JSON, and an id that is taken."""
    table = db.table("t")
    table.insert({"a": 1})
    with pytest.raises(TypeError):
        table.update({"a": object()})
    with pytest.raises(ValueError, match="already exists"):
        table.insert(Document({"a": 2}, 1))
    assert table.all() == [{"a": 1}]


def test_a_commit_past_the_table_is_seen_by_its_cache(db: JournalDB) -> None:
    """Queries are remembered until anything is written."""
    table = db.table("t")
    table.insert({"a": 1})
    assert len(table.search(where("a") == 1)) == 1
    db.journal.commit([("t", 7, {"a": 1}), ("u", 1, {"a": 1})])
    assert len(table.search(where("a") == 1)) == 2


def test_nothing_changed_writes_nothing(db: JournalDB) -> None:
    """An update to the same values, a removal of nothing."""
    table = db.table("t")
    table.insert({"a": 1})
    before = db.journal.sequence
    table.update({"a": 1})
    table.remove(where("a") == 5)
    assert db.journal.sequence == before


values = st.integers(0, 3)
calls = st.lists(
    st.tuples(st.sampled_from(["insert", "update", "upsert", "remove", "truncate"]), values, values),
    max_size=15,
)


@given(calls=calls)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_calls_go_as_with_plain_tinydb(
    tmp_path_factory: pytest.TempPathFactory, calls: list[tuple[str, int, int]]
) -> None:
    """Contents are the same after every call."""
    ours = JournalDB(tmp_path_factory.mktemp("any") / "library.json")
    plain = TinyDB(storage=MemoryStorage)
    for name, old, new in calls:
        for db in (ours, plain):
            call(db, name, old, new)
        assert ours.table("t").all() == plain.table("t").all()
    ours.close()


def call(db: TinyDB, name: str, old: int, new: int) -> None:
    table = db.table("t")
    if name == "insert":
        table.insert({"a": old, "b": new})
    elif name == "update":
        table.update({"b": new}, where("a") == old)
    elif name == "upsert":
        table.upsert({"a": old, "c": new}, where("a") == old)
    elif name == "remove":
        table.remove(where("b") == new)
    else:
        table.truncate()
