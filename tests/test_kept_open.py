"""Reading the ledger's files in the process that has it open takes none of SQLite's locks away."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from store.backup import backup
from store.kept_open import content, descriptor, hold, let_go
from store.ledger import Ledger
from store.model import Chat, Subscriber
from store.sqlite import open_ledger
from tests.build import NOON

_ASK = """
import fcntl, sys
for name, first, length in ((sys.argv[1] + "-shm", 128, 1), (sys.argv[1], 0x40000002, 510)):
    with open(name, "r+b") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, length, first)
        except OSError:
            print("locked")
        else:
            print("free")
"""
"""Both bytes stand in SQLite's os_unix.c: the "dead man's switch" of the index, and SHARED of the file."""


def locks(folder: Path) -> list[str]:
    """Of the index and of the file, as another process sees them."""
    command = [sys.executable, "-c", _ASK, str(folder / "ledger.sqlite")]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()


def _write(ledger: Ledger, folder: Path) -> None:
    ledger.put_subscriber(Subscriber(Chat("telegram", "7", "1")))


def _check(ledger: Ledger, folder: Path) -> None:
    assert ledger.check() == ()


def _back_up(ledger: Ledger, folder: Path) -> None:
    backup(folder, folder.parent / "backup.tar.gz")


def _prune(ledger: Ledger, folder: Path) -> None:
    ledger.prune(now=NOON)


def _look_beside(ledger: Ledger, folder: Path) -> None:
    open_ledger(folder, read_only=True).close()


def _open_again(ledger: Ledger, folder: Path) -> None:
    open_ledger(folder).close()


@pytest.mark.parametrize("act", [_write, _check, _back_up, _prune, _look_beside, _open_again])
def test_the_locks_stay(tmp_path: Path, act: Callable[[Ledger, Path], None]) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    ledger = open_ledger(folder)
    ledger.put_subscriber(Subscriber(Chat("telegram", "7", "1")))
    assert locks(folder) == ["locked", "locked"]
    act(ledger, folder)
    assert locks(folder) == ["locked", "locked"]
    ledger.close()


def test_a_descriptor_stays_open_as_long_as_a_connection(tmp_path: Path) -> None:
    file = tmp_path / "x.sqlite"
    file.write_bytes(b"one")
    hold(file)
    with descriptor(file) as first, descriptor(file) as again:
        assert first == again
    assert os.pread(first, 3, 0) == b"one"
    (tmp_path / "new").write_bytes(b"three")
    (tmp_path / "new").replace(file)
    assert content(file) == b"three"  # what stands there now
    assert os.pread(first, 3, 0) == b"one"
    let_go(file)
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.pread(first, 3, 0)


def test_without_a_connection_nothing_stays_open(tmp_path: Path) -> None:
    file = tmp_path / "x.sqlite-wal"
    file.write_bytes(b"one")
    with descriptor(file) as found:
        assert os.pread(found, 9, 0) == b"one"
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(found)
    with pytest.raises(FileNotFoundError):
        content(tmp_path / "none")
