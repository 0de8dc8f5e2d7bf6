"""A copy of before: found out at the opening, and held."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from store.backup import backup, restore
from store.epoch import NAME
from store.sqlite import open_ledger
from store.tiny import open_library

NOW = datetime(2026, 11, 23, tzinfo=UTC)
HELD = {"push": "reason.restored"}


def opened(folder: Path) -> dict[str, str]:
    """The holds of a ledger that is opened and closed."""
    ledger = open_ledger(folder)
    holds = dict(ledger.holds())
    ledger.close()
    return holds


def test_a_folder_that_goes_on_is_not_held(tmp_path: Path) -> None:
    assert [opened(tmp_path) for _ in range(4)] == [{}, {}, {}, {}]


def test_a_restored_backup_is_held_until_it_is_released(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    open_library(here).close()
    opened(here)
    backup(here, tmp_path / "b.tar.gz")
    restore(tmp_path / "b.tar.gz", there)
    assert opened(there) == HELD
    assert opened(there) == HELD
    ledger = open_ledger(there)
    assert ledger.release("push")
    ledger.close()
    assert opened(there) == {}
    assert opened(here) == {}


def test_an_older_ledger_put_back_in_its_place_is_held(tmp_path: Path) -> None:
    opened(tmp_path)
    shutil.copy(tmp_path / "ledger.sqlite", tmp_path / "old")
    ledger = open_ledger(tmp_path)
    ledger.seen(at=NOW)
    ledger.close()
    shutil.copy(tmp_path / "old", tmp_path / "ledger.sqlite")
    assert opened(tmp_path) == HELD


def test_a_ledger_alone_carried_elsewhere_is_held(tmp_path: Path) -> None:
    opened(tmp_path / "here")
    (tmp_path / "there").mkdir()
    shutil.copy(tmp_path / "here" / "ledger.sqlite", tmp_path / "there" / "ledger.sqlite")
    assert opened(tmp_path / "there") == HELD


def test_a_ledger_of_another_folder_is_held(tmp_path: Path) -> None:
    for name in ("one", "two"):
        opened(tmp_path / name)
    shutil.copy(tmp_path / "one" / "ledger.sqlite", tmp_path / "two" / "ledger.sqlite")
    assert opened(tmp_path / "two") == HELD


@pytest.mark.parametrize("stamp", ["", "garbage", "name x"])
def test_a_mark_that_cannot_be_read_is_held(tmp_path: Path, stamp: str) -> None:
    opened(tmp_path)
    (tmp_path / NAME).write_text(stamp)
    assert opened(tmp_path) == HELD


def test_a_first_start_that_died_between_the_two_marks_is_not_held(tmp_path: Path) -> None:
    opened(tmp_path)
    name = (tmp_path / NAME).read_text().split()[0]
    (tmp_path / NAME).write_text(f"{name} 0")  # the ledger has the count 1 already
    assert opened(tmp_path) == {}


def test_the_moment_is_written_down_once_a_minute(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    assert ledger.last_seen() is None
    for seconds in (0, 59, 60):
        ledger.seen(at=NOW + timedelta(seconds=seconds))
        assert ledger.last_seen() == NOW + timedelta(seconds=seconds // 60 * 60)
    ledger.seen(at=NOW - timedelta(days=1))
    assert ledger.last_seen() == NOW - timedelta(days=1)


def test_reading_a_copy_changes_nothing(tmp_path: Path) -> None:
    opened(tmp_path)
    before = (tmp_path / NAME).read_bytes()
    open_ledger(tmp_path, read_only=True).close()
    assert (tmp_path / NAME).read_bytes() == before
