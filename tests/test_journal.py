"""store/journal.py (with lines, snapshot, shelf, folder): what it keeps, for whom, and in what form."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from tinydb import TinyDB

from store.errors import StoreDamaged, StoreError, StoreFull, StoreLocked, StoreNewer
from store.journal import Journal, Op
from tests.lives import (
    State,
    a_lived_folder,
    compacted,
    live,
    no_waiting,
    state_in,
    state_of,
    states,
)

__all__ = ["no_waiting"]

pytestmark = pytest.mark.usefixtures("no_waiting")


def test_a_life_is_as_the_model_says_and_survives_reopening(tmp_path: Path) -> None:
    """What was written is read, before and after closing."""
    journal = Journal(tmp_path / "library.json")
    live(journal, lambda: None)

    assert state_of(journal) == states()[-1]
    journal.close()
    assert state_in(tmp_path) == states()[-1]


def test_a_second_writer_is_told_so_and_readers_are_not(tmp_path: Path) -> None:
    """One process writes; any number read what was there when they opened."""
    first = Journal(tmp_path / "library.json")
    first.commit([("t", 1, {"a": 1})])
    with pytest.raises(StoreLocked) as caught:
        Journal(tmp_path / "library.json")
    assert caught.value.args_for_words == {"path": str(tmp_path)}

    reader = Journal(tmp_path / "library.json", read_only=True)
    for _ in range(3):
        first.commit([("t", 2, {"a": 2})])
        compacted(first)
    assert state_of(reader) == {"t": {1: {"a": 1}}}
    with pytest.raises(StoreFull):
        reader.commit([("t", 3, {"a": 3})])
    assert not reader.compact()
    reader.close()
    first.close()
    Journal(tmp_path / "library.json").close()


def test_a_reader_changes_no_file(tmp_path: Path) -> None:
    """Not even a torn end or a damaged snapshot."""
    folder = a_lived_folder(tmp_path / "x")
    (folder / "library.json").write_bytes(b"{]")
    path = folder / "library.3.journal"
    path.write_bytes(path.read_bytes().rstrip(b"\0") + b"torn")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    assert state_in(folder, read_only=True) == states()[-1]
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert state_in(tmp_path / "none", read_only=True) == {}
    assert not (tmp_path / "none").exists()


def test_any_tinydb_opens_the_snapshot_and_we_open_its_file(tmp_path: Path) -> None:
    """Both ways, and after a change by plain TinyDB too."""
    path = tmp_path / "library.json"
    with TinyDB(path) as plain:
        plain.table("t").insert({"a": "한글"})
        plain.insert({"b": 1})
    journal = Journal(path)
    assert state_of(journal) == {"t": {1: {"a": "한글"}}, "_default": {1: {"b": 1}}}
    assert "plain TinyDB" in journal.notices()[0]
    journal.commit([("t", 2, {"a": 2})])
    compacted(journal)
    journal.close()

    with TinyDB(path) as plain:
        assert [dict(document) for document in plain.table("t")] == [{"a": "한글"}, {"a": 2}]
        plain.table("t").insert({"a": 3})
    journal = Journal(path)
    assert [document["a"] for document in state_of(journal)["t"].values()] == ["한글", 2, 3]
    assert "another program" in journal.notices()[0]
    journal.close()
    assert Journal(path, read_only=True).notices() == ()


def test_a_plain_file_beside_a_journal_of_ours_is_refused(tmp_path: Path) -> None:
    """Which of the two is the truth is not ours to guess."""
    a_lived_folder(tmp_path, compactions=False)
    (tmp_path / "library.json").write_text('{"t": {"1": {"a": 1}}}')
    with pytest.raises(StoreDamaged, match="another program"):
        Journal(tmp_path / "library.json")


def test_a_newer_schema_is_refused_and_an_older_one_carried_on(tmp_path: Path) -> None:
    """In the journal as in the snapshot."""
    journal = Journal(tmp_path / "library.json", schema=1)
    journal.commit([("t", 1, {"a": 1})])
    journal.close()
    journal = Journal(tmp_path / "library.json", schema=2)
    journal.commit([("t", 2, {"a": 2})])
    journal.close()
    with pytest.raises(StoreNewer) as caught:
        Journal(tmp_path / "library.json", schema=1)
    assert (caught.value.args_for_words["found"], caught.value.args_for_words["known"]) == ("2", "1")
    journal = Journal(tmp_path / "library.json", schema=2)
    compacted(journal)
    assert len(state_of(journal)["t"]) == 2
    journal.close()
    with pytest.raises(StoreNewer):
        Journal(tmp_path / "library.json", schema=1, read_only=True)


def test_changes_since_a_mark_are_known_until_the_snapshot_has_them(tmp_path: Path) -> None:
    """The search index asks for what it has not read."""
    journal = Journal(tmp_path / "library.json")
    start = journal.changes.mark
    journal.commit([("t", 1, {"a": 1}), ("t", 2, {"a": 2})])
    middle = journal.changes.mark
    journal.commit([("t", 1, None)])

    assert journal.changes.since(start) == [("t", 1), ("t", 2), ("t", 1)]
    assert journal.changes.since(middle) == [("t", 1)]
    assert journal.changes.since(journal.changes.mark) == []
    assert journal.changes.since("7:00000000") is None
    end = journal.changes.mark
    compacted(journal)
    assert journal.changes.since(middle) is None
    assert journal.changes.since(end) == []
    journal.close()
    journal = Journal(tmp_path / "library.json")
    assert journal.changes.since(end) == []
    journal.close()


def test_what_cannot_be_json_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    """The file is as long as before."""
    journal = Journal(tmp_path / "library.json")
    size = (tmp_path / "library.0.journal").stat().st_size
    with pytest.raises(TypeError):
        journal.commit([("t", 1, {"a": 1}), ("t", 2, {"a": "\ud800"})])
    with pytest.raises(ValueError, match="longer"):
        journal.commit([("t", 1, {"a": "x" * (1 << 24)})])
    assert (tmp_path / "library.0.journal").stat().st_size == size
    assert state_of(journal) == {}
    journal.close()


def test_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    """0700 the folder, 0600 the files."""
    folder = tmp_path / "new"
    a_lived_folder(folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


def test_a_folder_that_cannot_be_made_is_a_clear_error(tmp_path: Path) -> None:
    """A file stands where the folder should."""
    (tmp_path / "file").touch()
    with pytest.raises(StoreError):
        Journal(tmp_path / "file" / "library.json")


class JournalMachine(RuleBasedStateMachine):
    """Commits, compactions in parts and reopenings against a dict."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(os.environ["TEST_JOURNAL_FOLDER"]) / os.urandom(6).hex()
        self.model: State = {}
        self.journal = Journal(self.folder / "library.json")

    documents = st.dictionaries(st.text(max_size=3), st.text(max_size=5) | st.integers(0, 9), max_size=2)
    ops = st.lists(
        st.tuples(st.sampled_from(["a", "b"]), st.integers(1, 5), st.none() | documents), max_size=4
    )

    @rule(ops=ops)
    def commit(self, ops: list[Op]) -> None:
        self.journal.commit(ops)
        for table, key, document in ops:
            self.model.setdefault(table, {}).pop(key, None)
            if document is not None:
                self.model[table][key] = document

    @rule(steps=st.integers(1, 12))
    def compact(self, steps: int) -> None:
        self.journal.make_due()
        for _ in range(steps):
            if not self.journal.compact(0):
                break

    @rule()
    def reopen(self) -> None:
        self.journal.close()
        self.journal = Journal(self.folder / "library.json")
        assert self.journal.notices() == ()

    @precondition(lambda self: self.journal.sequence % 3 == 0)
    @rule()
    def damage_and_reopen(self) -> None:
        """A bit of the newest snapshot, or of the journal, turns over."""
        self.journal.close()
        path = next((p for p in [self.folder / "library.json"] if p.exists()), None)
        if path is not None:
            data = bytearray(path.read_bytes())
            data[len(data) * 2 // 3] ^= 2
            path.write_bytes(data)
        self.journal = Journal(self.folder / "library.json")

    @invariant()
    def same(self) -> None:
        assert state_of(self.journal) == {table: found for table, found in self.model.items() if found}

    def teardown(self) -> None:
        self.journal.close()
        shutil.rmtree(self.folder)


@pytest.fixture
def _machine_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_JOURNAL_FOLDER", str(tmp_path))


@pytest.mark.usefixtures("_machine_folder")
def test_any_history_is_kept() -> None:
    """Whatever is written, compacted halfway, damaged and reopened, in whatever order."""
    from hypothesis.stateful import run_state_machine_as_test

    run_state_machine_as_test(
        JournalMachine,
        settings=settings(
            max_examples=40, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
