"""A backup is both memories of one moment; a restore goes into an empty folder only."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from store.backup import backup, restore
from store.errors import StoreDamaged, StoreFull
from store.model import Chat, Subscriber
from store.sqlite import open_ledger
from store.tiny import open_library
from tests.build import a_story, an_edition

SUBSCRIBER = Subscriber(Chat("telegram", "1", "2"), follows=("meituan",))


def filled(folder: Path) -> None:
    library, ledger = open_library(folder), open_ledger(folder)
    story = a_story()
    library.put_edition(an_edition(stories=(story,)), (story,))
    ledger.put_subscriber(SUBSCRIBER)
    library.close()
    ledger.close()


def test_what_was_known_and_promised_comes_back(tmp_path: Path) -> None:
    filled(tmp_path / "data")

    count = backup(tmp_path / "data", tmp_path / "b.tar.gz")
    restored = restore(tmp_path / "b.tar.gz", tmp_path / "again")

    assert count == restored > 1
    library, ledger = open_library(tmp_path / "again"), open_ledger(tmp_path / "again")
    assert library.story_count() == 1
    assert ledger.subscriber(SUBSCRIBER.chat) == SUBSCRIBER
    library.close()
    ledger.close()
    assert (tmp_path / "b.tar.gz").stat().st_mode & 0o777 == 0o600


def test_a_folder_in_use_is_not_overwritten(tmp_path: Path) -> None:
    filled(tmp_path / "data")
    backup(tmp_path / "data", tmp_path / "b.tar.gz")
    before = {p.name: p.read_bytes() for p in (tmp_path / "data").iterdir()}

    with pytest.raises(FileExistsError):
        restore(tmp_path / "b.tar.gz", tmp_path / "data")

    assert {p.name: p.read_bytes() for p in (tmp_path / "data").iterdir()} == before


@pytest.mark.parametrize("name", ["../evil", "/etc/evil", "a/b", ".ssh"])
def test_an_archive_with_a_path_in_it_writes_nothing(tmp_path: Path, name: str) -> None:
    archive = tmp_path / "evil.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.addfile(tarfile.TarInfo("library.json"), io.BytesIO())
        tar.addfile(tarfile.TarInfo(name), io.BytesIO())

    with pytest.raises(StoreDamaged):
        restore(archive, tmp_path / "data")

    assert not (tmp_path / "data").exists()


def test_what_is_no_archive_is_said(tmp_path: Path) -> None:
    (tmp_path / "x.tar.gz").write_bytes(b"not a tar")

    with pytest.raises(StoreDamaged):
        restore(tmp_path / "x.tar.gz", tmp_path / "data")


def test_a_target_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    filled(tmp_path / "data")
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "b.tar.gz").mkdir()

    with pytest.raises(StoreFull):
        backup(tmp_path / "data", tmp_path / "there" / "b.tar.gz")

    assert [p.name for p in (tmp_path / "there").iterdir()] == ["b.tar.gz"]
