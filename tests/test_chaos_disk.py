"""A short piece of proof 3 (python -m tests.chaos --proof 3): power, damage and errors of both memories."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from store.errors import LedgerDamaged, StoreFull
from store.sqlite import open_ledger
from tests import ledger_life
from tests.chaos import cuts, damage, errors
from tests.ledger_life import NOW
from tests.platter import Platter, Watched


def test_a_power_cut_leaves_a_ledger_that_holds_what_it_confirmed(tmp_path: Path) -> None:
    told = cuts.ledger(tmp_path, seed=5, each=1, every=16)
    assert told.wrong == []
    assert told.images > 20


def test_a_power_cut_leaves_a_journal_that_holds_what_it_confirmed(tmp_path: Path) -> None:
    told = cuts.journal(tmp_path, seed=5, each=4)
    assert told.wrong == []
    assert told.images > 30


def test_a_disk_that_lies_about_syncs_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The judge itself: without syncs something that was confirmed is gone."""
    monkeypatch.setattr(Platter, "synced", lambda self, name: None)
    assert cuts.journal(tmp_path / "journal", seed=5, each=2).bad
    assert cuts.ledger(tmp_path / "ledger", seed=5, each=1, every=40).bad


def test_an_error_at_any_call_loses_nothing_confirmed(tmp_path: Path) -> None:
    for told in (errors.journal(tmp_path / "j", every=5), errors.ledger(tmp_path / "l", every=150)):
        assert told.wrong == []
        assert told.places > 5


def test_a_byte_that_flips_in_the_ledger_is_never_silent(tmp_path: Path) -> None:
    for told in damage.ledger(tmp_path, seed=5, count=8):
        assert told.wrong == [], str(told)


def test_a_byte_that_flips_in_the_index_is_no_traceback(tmp_path: Path) -> None:
    (told,) = damage.index(tmp_path, seed=5, count=25)
    assert told.failed == []


def test_after_a_sync_that_failed_nothing_is_read_or_written_until_reopened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, failing = tmp_path / "x", list[int]()
    folder.mkdir()

    def fault(what: str, name: str) -> int:
        return 5 if failing and (what, name) == ("sync", "ledger.sqlite-wal") else 0

    with Watched(folder, fault=fault).watching(monkeypatch):
        ledger = open_ledger(folder)
        ledger.keep_draft("a", "kept", at=NOW)
        failing.append(1)
        with pytest.raises(StoreFull):
            ledger.keep_draft("b", "not confirmed", at=NOW)
        failing.clear()
        for use in (lambda: ledger.keep_draft("c", "x", at=NOW), ledger.holds):
            with pytest.raises(StoreFull, match="start again"):
                use()
        ledger.close()
    again = open_ledger(folder)
    assert again.draft("a") == "kept"
    assert again.draft("c") is None
    again.close()


def test_a_full_disk_that_has_room_again_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, failing = tmp_path / "x", list[int]()
    folder.mkdir()

    def fault(what: str, name: str) -> int:
        return 28 if failing and what == "write" else 0

    with Watched(folder, fault=fault).watching(monkeypatch):
        ledger = open_ledger(folder)
        failing.append(1)
        with pytest.raises(StoreFull):
            ledger.keep_draft("a", "x", at=NOW)
        failing.clear()
        ledger.keep_draft("b", "y", at=NOW)
        assert (ledger.draft("a"), ledger.draft("b")) == (None, "y")
        ledger.close()


def test_the_file_size_limit_of_the_system_is_a_full_disk(tmp_path: Path) -> None:
    """RLIMIT_FSIZE, the real thing, in another process."""
    code = """
import resource, signal, sys
from datetime import datetime, UTC
from pathlib import Path
from store.errors import StoreFull
from store.sqlite import open_ledger
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, 600_000))
ledger, number = open_ledger(Path(sys.argv[1])), 0
try:
    while True:
        ledger.keep_draft(f"{number}", "x" * 9000, at=datetime.now(UTC))
        number += 1
except StoreFull:
    print(number)
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        capture_output=True, text=True, check=True, cwd=Path(__file__).parents[1],
    )  # fmt: skip
    ledger = open_ledger(tmp_path)
    count = int(done.stdout)
    assert count > 5
    assert ledger.draft(str(count - 1)) is not None
    assert ledger.draft(str(count + 1)) is None
    ledger.close()


def test_a_ledger_that_vanished_is_missed(tmp_path: Path) -> None:
    open_ledger(tmp_path).close()
    (tmp_path / "ledger.sqlite").unlink()
    with pytest.raises(LedgerDamaged, match="missing or empty"):
        open_ledger(tmp_path)


def test_a_file_changed_on_purpose_is_taken_once_its_sums_are_gone(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    ledger.keep_draft("a", "before", at=NOW)
    ledger.close()
    path = tmp_path / "ledger.sqlite"
    path.write_bytes(path.read_bytes().replace(b"before", b"behind"))
    with pytest.raises(LedgerDamaged):
        open_ledger(tmp_path)
    (tmp_path / "ledger.sums").unlink()
    ledger = open_ledger(tmp_path)
    assert ledger.draft("a") == "behind"
    assert ledger.check() == ()
    ledger.close()


def test_a_running_ledger_tells_of_pages_that_change_under_it(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    ledger.keep_draft("a", "before", at=NOW)
    ledger.forget(ledger_life.chat(1))  # moves the log into the file
    path = tmp_path / "ledger.sqlite"
    assert ledger.check() == ()
    path.write_bytes(path.read_bytes().replace(b"before", b"behind"))
    assert "has changed on disk" in ledger.check()[0]
    ledger.close()
