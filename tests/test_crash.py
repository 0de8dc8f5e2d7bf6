"""store/journal.py when its process or its disk dies: nothing confirmed is ever lost."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from store.errors import StoreFull
from store.journal import Journal
from tests.disk import Disk, patched, write_image
from tests.lives import (
    LIFE,
    Failing,
    a_lived_folder,
    check,
    compacted,
    live,
    no_waiting,
    state_in,
    state_of,
    states,
)

__all__ = ["no_waiting"]

pytestmark = pytest.mark.usefixtures("no_waiting")


def test_killed_at_every_step_nothing_confirmed_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that dies before, or in the middle of, any change to a file."""
    step = 0
    while True:
        for half in (False, True):
            folder = tmp_path / f"{step}{half}"
            confirmed, finished = dying_life(folder, step, monkeypatch, half=half)
            if finished:
                assert step > 40
                return
            if folder.exists():
                check(folder, confirmed)
        step += 1


def dying_life(folder: Path, last: int, patch: pytest.MonkeyPatch, *, half: bool) -> tuple[int, bool]:
    """LIFE in a child that dies at change `last`: how many commits it saw confirmed, and if it lived."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        left = last

        def around(name: str, real: Callable[..., Any], args: tuple[Any, ...]) -> Any:
            nonlocal left
            if left == 0:
                if half and name == "pwrite":
                    real(args[0], bytes(args[1])[: len(args[1]) // 2], args[2])
                os._exit(1)
            left -= 1
            return real(*args)

        with patched(patch, around):
            journal = Journal(folder / "library.json")
            live(journal, lambda: os.write(write, b"+"))
            os.write(write, b"!")
        os._exit(0)
    os.close(write)
    os.waitpid(child, 0)
    with os.fdopen(read, "rb") as pipe:
        said = pipe.read()
    return said.count(b"+"), said.endswith(b"!")


def test_a_power_cut_at_every_step_loses_nothing_confirmed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bytes not synced are gone, torn, or there without their names; names not synced are gone."""
    folder = tmp_path / "store"
    disk, confirmed = Disk(folder), 0
    seen: list[tuple[int, dict[str, bytes]]] = []

    def around(name: str, real: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        result = disk(name, real, args)
        seen.extend((confirmed, image) for image in disk.images() if (confirmed, image) not in seen)
        return result

    def count() -> None:
        nonlocal confirmed
        confirmed += 1

    with patched(monkeypatch, around):
        journal = Journal(folder / "library.json")
        live(journal, count)
    journal.close()

    assert len(seen) > 40
    for number, (acknowledged, image) in enumerate(seen):
        write_image(image, tmp_path / str(number))
        check(tmp_path / str(number), acknowledged, read_only=True)
        check(tmp_path / str(number), acknowledged)


@pytest.mark.parametrize(
    "names", [("pwrite",), ("fdatasync", "fsync"), ("pwrite", "ftruncate"), ("replace", "link")]
)
def test_a_disk_that_fails_at_any_write_keeps_what_was_confirmed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...]
) -> None:
    """No space or an I/O error from some call on: a StoreFull that says so, or a notice, and no loss."""
    for number in range(40):
        folder, confirmed, failed = tmp_path / str(number), 0, False
        fault = Failing(number, errno.ENOSPC, names)
        with patched(monkeypatch, fault):
            try:
                journal = Journal(folder / "library.json")
            except StoreFull:
                continue
            for ops in LIFE:
                try:
                    if isinstance(ops, str):
                        compacted(journal)
                    elif not failed:
                        journal.commit(ops)
                        confirmed += 1
                except StoreFull:
                    failed = True
            assert state_of(journal) == states()[confirmed]
            assert fault.left >= 0 or failed or journal.notices()
        journal.close()
        if "fsync" not in names and "ftruncate" not in names:
            assert state_in(folder) == states()[confirmed]
        check(folder, confirmed)


def test_a_full_disk_that_has_room_again_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failed write is undone, and the next one succeeds without reopening."""
    journal = Journal(tmp_path / "library.json")
    journal.commit([("t", 1, {"a": 1})])
    with (
        patched(monkeypatch, Failing(0, errno.ENOSPC, ("pwrite",))),
        pytest.raises(StoreFull, match="No space"),
    ):
        journal.commit([("t", 2, {"a": 2})])
    journal.commit([("t", 3, {"a": 3})])

    assert list(state_of(journal)["t"]) == [1, 3]
    journal.close()
    assert list(state_in(tmp_path)["t"]) == [1, 3]


def test_after_a_failed_sync_nothing_is_written_until_reopened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages that were not confirmed once are never trusted."""
    journal = Journal(tmp_path / "library.json")
    journal.commit([("t", 1, {"a": 1})])
    with patched(monkeypatch, Failing(0, errno.EIO, ("fdatasync",))), pytest.raises(StoreFull):
        journal.commit([("t", 2, {"a": 2})])
    journal.make_due()
    assert not journal.compact()
    with pytest.raises(StoreFull, match="start again"):
        journal.commit([("t", 3, {"a": 3})])
    assert list(state_of(journal)["t"]) == [1]
    journal.close()
    assert state_in(tmp_path)["t"][1] == {"a": 1}


def test_the_file_size_limit_of_the_system_is_a_full_disk(tmp_path: Path) -> None:
    """RLIMIT_FSIZE, the real thing, in another process."""
    code = """
import resource, signal, sys
from store.errors import StoreFull
from store.journal import Journal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
journal = Journal(sys.argv[1])
number = 0
try:
    while True:
        journal.commit([("t", number + 1, {"text": "x" * 9000})])
        number += 1
except StoreFull as error:
    print(number, error.args_for_words["detail"])
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "library.json")],
        capture_output=True, text=True, check=True, cwd=Path(__file__).parents[1],
    )  # fmt: skip
    number, _, detail = done.stdout.partition(" ")
    assert "File too large" in detail
    assert len(state_in(tmp_path)["t"]) == int(number) > 5


def test_the_old_loss_at_compaction_does_not_come_back(tmp_path: Path) -> None:
    """A commit at any moment of a compaction is there afterwards, and after a reopening."""
    for steps in range(400):
        folder = tmp_path / str(steps)
        journal = Journal(folder / "library.json")
        for key in range(1, 6):
            journal.commit([("t", key, {"n": key})])
        journal.make_due()
        more = all(journal.compact(0) for _ in range(steps))
        journal.commit([("t", 6, {"n": 6}), ("t", 2, {"n": "new"}), ("t", 3, None)])
        while journal.compact(0):
            pass
        expected = {1: {"n": 1}, 2: {"n": "new"}, 4: {"n": 4}, 5: {"n": 5}, 6: {"n": 6}}

        assert state_of(journal)["t"] == expected
        journal.close()
        assert state_in(folder)["t"] == expected
        if not more:
            assert steps > 5
            return


def test_a_file_system_without_links_is_good_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The older snapshot is renamed instead."""
    with patched(monkeypatch, Failing(0, errno.EPERM, ("link",))):
        folder = a_lived_folder(tmp_path / "x")
    assert (folder / "library.previous.json").exists()
    assert state_in(folder) == states()[-1]
    (folder / "library.json").unlink()
    assert state_in(folder) == states()[-1]
