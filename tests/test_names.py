"""Names in a data folder: durable, editable by a person, and nothing half done."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from store.backup import backup, restore
from store.catalogue import Catalogue, CatalogueError
from store.errors import StoreFull, StoreLocked
from store.model import Company
from store.name_changes import NameChange, written
from store.names import Names, ReadMark
from store.tiny import open_library

AT = datetime(2026, 11, 23, tzinfo=UTC)
SHIPPED = Catalogue(
    [Company("acme", "company", ko=("아크메",), en=("Acme",)), Company("boss", "company", en=("Boss",))]
)
ADD = NameChange("add", "acme", ko=("새이름",), who="telegram:1/2", at=AT)
MERGE = NameChange("merge", "acme", "boss", who="telegram:1/3", at=AT)


def opened(folder: Path, **options: bool) -> Names:
    return Names(folder, shipped=SHIPPED, **options)


def test_a_change_is_there_after_a_restart(tmp_path: Path) -> None:
    """And only its owner can read the file."""
    opened(tmp_path).extend([ADD])
    again = opened(tmp_path)

    assert again.changes == (ADD,)
    assert again.catalogue.find("새이름").ids == ("acme",)
    assert (tmp_path / "names.tsv").stat().st_mode & 0o777 == 0o600


def test_what_a_person_writes_into_the_file_is_taken_in(tmp_path: Path) -> None:
    """Before anything is added to it, too: nobody's line is lost."""
    names = opened(tmp_path)
    by_hand = NameChange("new", "hand", ko=("손",))
    (tmp_path / "names.tsv").write_text(written([by_hand]), encoding="utf-8")

    names.extend([ADD])

    assert opened(tmp_path).changes == (by_hand, ADD)
    assert not names.refresh()
    (tmp_path / "names.tsv").unlink()
    assert names.refresh()
    assert names.catalogue is not None
    assert names.catalogue.get("hand") is None


def test_a_file_that_cannot_be_read_changes_nothing(tmp_path: Path) -> None:
    """Neither at the start nor while running is half a file used, and it is never written over."""
    names = opened(tmp_path)
    names.extend([ADD])
    broken = written([ADD]) + "what is this\n"
    (tmp_path / "names.tsv").write_text(broken, encoding="utf-8")

    with pytest.raises(CatalogueError) as caught:
        names.extend([MERGE])
    with pytest.raises(CatalogueError):
        opened(tmp_path)
    with pytest.raises(CatalogueError):
        names.undo(ADD.ident)

    assert caught.value.args_for_words["line"] == "3"
    assert names.catalogue.find("새이름").ids == ("acme",)
    assert (tmp_path / "names.tsv").read_text(encoding="utf-8") == broken


def test_a_change_that_makes_no_sense_is_not_written(tmp_path: Path) -> None:
    """All of what is given, or nothing."""
    names = opened(tmp_path)

    with pytest.raises(CatalogueError):
        names.extend([ADD, NameChange("add", "nobody", ko=("가",))])

    assert names.changes == ()
    assert not (tmp_path / "names.tsv").exists()


@pytest.mark.parametrize("fails", ["fsync", "replace"])
def test_a_disk_that_takes_no_more_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    """The old file, the old names, and no temporary file."""
    names = opened(tmp_path)
    names.extend([ADD])

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    if fails == "fsync":
        monkeypatch.setattr(os, "fsync", full)
    else:
        monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(StoreFull):
        names.extend([MERGE])
    monkeypatch.undo()

    assert names.changes == opened(tmp_path).changes == (ADD,)
    assert names.catalogue.get("acme") is not None
    assert [path.name for path in tmp_path.iterdir()] == ["names.tsv"]


def test_only_the_newest_change_is_undone_and_only_once(tmp_path: Path) -> None:
    """A button pressed twice, or an old one, takes nothing else back."""
    names = opened(tmp_path)
    names.extend([ADD])
    names.extend([MERGE])

    assert names.undo(ADD.ident) == ()
    assert names.undo(MERGE.ident) == (MERGE,)
    assert names.undo(MERGE.ident) == ()
    assert opened(tmp_path).changes == (ADD,)


def test_what_came_by_one_file_is_undone_together(tmp_path: Path) -> None:
    """Two changes of one person at one moment are two all the same."""
    one, two = (replace(ADD, ko=(name,), who="console:local/console my.tsv") for name in ("가나", "다라"))
    names = opened(tmp_path)
    names.extend([ADD, one, two])

    assert names.undo(two.ident) == (one, two)
    assert names.changes == (ADD,)


def test_a_person_can_be_forgotten(tmp_path: Path) -> None:
    """What he changed stays; that it was he does not."""
    names = opened(tmp_path)
    names.extend([ADD, replace(ADD, ko=("둘",), who="telegram:1/2 my.tsv"), MERGE])

    names.forget("telegram:1/2")

    assert [change.who for change in opened(tmp_path).changes] == ["", "", "telegram:1/3"]
    assert "telegram:1/2" not in (tmp_path / "names.tsv").read_text(encoding="utf-8")


def test_a_reader_beside_a_writer_changes_nothing(tmp_path: Path) -> None:
    """He sees what is there."""
    opened(tmp_path).extend([ADD])
    reader = opened(tmp_path, read_only=True)

    for refused in (lambda: reader.extend([MERGE]), reader.save_mark, lambda: reader.undo(ADD.ident)):
        changing: Callable[[], object] = refused
        with pytest.raises(StoreLocked):
            changing()
    assert reader.changes == (ADD,)


def test_the_version_is_that_of_what_readers_see(tmp_path: Path) -> None:
    """Who made a change is no matter; undoing it leads back."""
    names = opened(tmp_path)
    before = names.version
    names.extend([ADD])
    added = names.version
    names.forget("telegram:1/2")

    assert added == names.version != before
    names.undo(names.changes[-1].ident)
    assert names.version == before


def test_history_follows_a_merge(tmp_path: Path) -> None:
    """What was done to either is what was done to the one that is left, by either id."""
    names = opened(tmp_path)
    names.extend([ADD, MERGE])

    assert names.history("boss") == names.history("acme") == (ADD, MERGE)


def test_stories_are_pending_from_the_first_change_on(tmp_path: Path) -> None:
    """And until a mark of this version is kept; a mark that cannot be read is not believed."""
    names = opened(tmp_path)
    assert names.untouched
    assert not names.pending
    names.extend([ADD])
    assert opened(tmp_path).pending

    names.mark = ReadMark(version=names.version, reread=12, changed=3, finished_at=AT.isoformat())
    names.save_mark()
    assert opened(tmp_path).mark == names.mark
    assert not opened(tmp_path).pending

    for damaged in ("", "[]", '{"version": 1}', json.dumps({"version": names.version})):
        (tmp_path / "names.read").write_text(damaged, encoding="utf-8")
        assert opened(tmp_path).pending


def test_every_story_can_be_asked_for_again(tmp_path: Path) -> None:
    """Also where nobody ever changed a name."""
    opened(tmp_path).reread_all()

    assert opened(tmp_path).pending


def test_a_backup_holds_the_names(tmp_path: Path) -> None:
    """Both files come back."""
    folder = tmp_path / "data"
    open_library(folder).close()
    names = opened(folder)
    names.extend([ADD])
    names.save_mark()
    backup(folder, tmp_path / "b.tar.gz")
    restore(tmp_path / "b.tar.gz", tmp_path / "again")

    assert opened(tmp_path / "again").changes == (ADD,)
    assert (tmp_path / "again" / "names.read").exists()
