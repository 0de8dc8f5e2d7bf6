"""store/journal.py on files that changed behind its back: mended, made good from older ones, or refused."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from store.errors import StoreDamaged
from store.journal import Journal
from tests.lives import (
    a_lived_folder,
    compacted,
    no_waiting,
    state_in,
    state_of,
    states,
)

__all__ = ["no_waiting"]

pytestmark = pytest.mark.usefixtures("no_waiting")


@pytest.mark.parametrize(("compactions", "zeros"), [(False, 0), (True, 0), (True, 50)])
def test_cut_at_every_byte_a_journal_gives_what_is_whole(
    tmp_path: Path, compactions: bool, zeros: int
) -> None:
    """Every prefix of the newest journal opens, with every commit whose line is whole."""
    lived = a_lived_folder(tmp_path / "lived", compactions=compactions)
    name = max(path.name for path in lived.glob("*.journal"))
    data = (lived / name).read_bytes().rstrip(b"\0")
    missing = len(states()) - data.count(b"\n")
    for length in range(len(data)):
        folder = tmp_path / str(length)
        shutil.copytree(lived, folder)
        (folder / name).write_bytes(data[:length] + bytes(zeros))

        whole = max(0, data[: length + 1].count(b"\n") - 1)  # a line that lacks its newline only is whole
        assert state_in(folder) == states()[missing + whole]
        assert state_in(folder) == states()[missing + whole]
        shutil.rmtree(folder)


@pytest.mark.parametrize(
    "name", ["library.json", "library.previous.json", "library.2.journal", "library.3.journal"]
)
@pytest.mark.parametrize("flip", [0x01, 0x0A, 0x80, None])
def test_any_one_byte_changed_loses_nothing(tmp_path: Path, name: str, flip: int | None) -> None:
    """One byte of one file is wrong (None = a newline): all is there, and a notice says so."""
    lived = a_lived_folder(tmp_path / "lived")
    data = bytearray((lived / name).read_bytes().rstrip(b"\0")) + (b"" if name.endswith("json") else bytes(3))
    for place, old in enumerate(data):
        new = 10 if flip is None else old ^ flip
        if new == old:
            continue
        folder = tmp_path / str(place)
        shutil.copytree(lived, folder)
        data[place] = new
        (folder / name).write_bytes(data)
        data[place] = old

        journal = Journal(folder / "library.json")
        assert state_of(journal) == states()[-1], (place, chr(old))
        needed = name in ("library.json", "library.3.journal")
        assert bool(journal.notices()) == needed, (place, journal.notices())
        journal.close()
        assert state_in(folder) == states()[-1]
        shutil.rmtree(folder)


def test_both_kinds_of_damage_at_once_fall_back_and_mend(tmp_path: Path) -> None:
    """A bad snapshot and a bad byte in an older journal."""
    folder = a_lived_folder(tmp_path)
    for name in ("library.json", "library.2.journal", "library.3.journal"):
        data = bytearray((folder / name).read_bytes().rstrip(b"\0"))
        data[len(data) // 2] ^= 4
        (folder / name).write_bytes(data)

    journal = Journal(folder / "library.json")
    assert state_of(journal) == states()[-1]
    assert len(journal.notices()) >= 3
    assert list(folder.glob("library.damaged-*.json"))
    journal.close()


def test_more_than_a_byte_in_the_middle_is_refused_and_left_alone(tmp_path: Path) -> None:
    """The message names file and line; the file is not touched."""
    folder = a_lived_folder(tmp_path, compactions=False)
    path = folder / "library.0.journal"
    data = path.read_bytes().rstrip(b"\0")
    second = data.index(b"\n") + 20
    bad = data[:second] + b"???" + data[second + 3 :]
    path.write_bytes(bad)

    with pytest.raises(StoreDamaged) as caught:
        Journal(folder / "library.json")
    assert "line 2" in caught.value.args_for_words["detail"]
    assert caught.value.args_for_words["path"].endswith("library.0.journal")
    assert path.read_bytes() == bad


def test_a_line_taken_out_or_swapped_is_noticed(tmp_path: Path) -> None:
    """Lines are numbered."""
    folder = a_lived_folder(tmp_path, compactions=False)
    path = folder / "library.0.journal"
    lines = path.read_bytes().rstrip(b"\0").splitlines(keepends=True)
    for wrong in ([*lines[:2], *lines[3:]], [*lines[:2], lines[3], lines[2], *lines[4:]], lines[1:]):
        path.write_bytes(b"".join(wrong))
        with pytest.raises(StoreDamaged):
            Journal(folder / "library.json")


def test_a_missing_journal_is_noticed(tmp_path: Path) -> None:
    """A gap is refused; without any journal the snapshot is taken, with a notice."""
    folder = a_lived_folder(tmp_path)
    (folder / "library.3.journal").rename(folder / "library.4.journal")
    with pytest.raises(StoreDamaged):
        Journal(folder / "library.json")
    (folder / "library.4.journal").unlink()
    journal = Journal(folder / "library.json")
    assert "missing" in journal.notices()[0]
    journal.close()


def test_nothing_readable_is_refused(tmp_path: Path) -> None:
    """Both snapshots broken beyond JSON."""
    folder = a_lived_folder(tmp_path)
    for name in ("library.json", "library.previous.json"):
        (folder / name).write_bytes(b"{")
    with pytest.raises(StoreDamaged, match="backup"):
        Journal(folder / "library.json")
    assert (folder / "library.json").read_bytes() == b"{"


def test_the_last_snapshot_left_is_taken_when_it_is_json(tmp_path: Path) -> None:
    """Better a changed byte, said aloud, than nothing."""
    folder = a_lived_folder(tmp_path)
    (folder / "library.previous.json").unlink()
    path = folder / "library.json"
    path.write_bytes(path.read_bytes().replace("넷".encode(), "덧".encode()))

    journal = Journal(folder / "library.json")
    assert state_of(journal)["stories"][4] == {"t": "덧"}
    assert "bytes we did not write" in journal.notices()[0]
    journal.close()


def test_bytes_that_change_under_an_open_snapshot_are_not_copied_on(tmp_path: Path) -> None:
    """A new snapshot is not made from an old one that went bad meanwhile."""
    folder = a_lived_folder(tmp_path)
    journal = Journal(folder / "library.json")
    path = folder / "library.json"
    with path.open("r+b") as file:
        file.seek(path.read_bytes().index("넷".encode()))
        file.write("덧".encode())
    compacted(journal)

    assert "changed on disk" in journal.notices()[0]
    journal.close()
    assert state_in(folder) == states()[-1]


def test_a_plain_file_that_went_bad_later_is_not_taken_for_nothing(tmp_path: Path) -> None:
    """Journals from 1 up do not stand alone."""
    (tmp_path / "library.json").write_text('{"t": {"1": {"a": 1}}}')
    Journal(tmp_path / "library.json").close()
    for name in ("library.json", "library.previous.json"):
        (tmp_path / name).write_bytes(b"{")
    with pytest.raises(StoreDamaged):
        Journal(tmp_path / "library.json")
