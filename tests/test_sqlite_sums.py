"""What a log says of itself after a power cut: a write that was under way is no damage."""

from __future__ import annotations

import shutil
from pathlib import Path
from struct import Struct

import pytest

from store.errors import LedgerDamaged
from store.sqlite import open_ledger
from tests.build import NOON

_HEAD, _PAGE = 32, 4096
_STEP = 24 + _PAGE
_FRAME = Struct(">4I")  # page, pages of the file after a commit, two salts


def _used(log: Path) -> int:
    """Where the frames of this log end; old ones may follow, because it keeps its length."""
    data = log.read_bytes()
    at = _HEAD
    while data[at + 8 : at + 16] == data[16:24]:
        at += _STEP
    return at


def _crashed(tmp_path: Path) -> tuple[Path, int]:
    """A copy of a ledger as it is when killed after a write of several pages, and where in its log
    the frames of that write begin.
    """
    ledger = open_ledger(tmp_path / "live")
    ledger.keep_draft("first", "x", at=NOON)
    log = tmp_path / "live" / "ledger.sqlite-wal"
    before = _used(log)
    ledger.keep_draft("second", "x" * 5 * _PAGE, at=NOON)
    assert _used(log) >= before + 4 * _STEP
    shutil.copytree(tmp_path / "live", tmp_path / "crashed")
    ledger.close()
    return tmp_path / "crashed", before


def test_an_old_frame_among_those_of_a_write_that_was_cut_short_is_no_damage(tmp_path: Path) -> None:
    folder, at = _crashed(tmp_path)
    log = folder / "ledger.sqlite-wal"
    data = bytearray(log.read_bytes())
    page, _, one, other = _FRAME.unpack_from(data, at)
    _FRAME.pack_into(data, at, page, 62, one - 1, other ^ 0xFFFF_FFFF)  # what stood there before
    end = _used(log)
    log.write_bytes(data[: end - _STEP] + bytes(_STEP) + data[end:])  # the last one had not been written
    ledger = open_ledger(folder)
    assert (ledger.draft("first"), ledger.draft("second")) == ("x", None)
    ledger.close()


@pytest.mark.parametrize("byte", range(16))
def test_a_bad_byte_in_a_frame_that_was_confirmed_is_damage(tmp_path: Path, byte: int) -> None:
    folder, _ = _crashed(tmp_path)
    log = folder / "ledger.sqlite-wal"
    data = bytearray(log.read_bytes())
    data[_HEAD + byte] ^= 0x40  # in the frame of another, earlier write
    log.write_bytes(data)
    with pytest.raises(LedgerDamaged):
        open_ledger(folder)
