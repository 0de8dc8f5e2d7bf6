"""Epoch: a mark beside the ledger, outside every backup, that only moves forward.

The ledger carries the same mark inside. A ledger that is behind it, or that has a mark where there
is none outside, is a copy of before: what it holds as due may have been sent since.

    NAME COUNT      a random name made with the folder, and how often the ledger moved on
"""

from __future__ import annotations

import secrets
from pathlib import Path

from store.errors import StoreFull
from store.folder import replace_file, sync_folder

NAME = "epoch"
RESTORED = "epoch.restored"
"""An empty file of this name says that the folder was unpacked from a backup."""


class Epoch:
    """The mark of one data folder."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        self._restored = folder / RESTORED

    def begin(self, *, ledger_has_one: bool) -> None:
        """A new folder gets its name, with the count 0 that no ledger has: a crash before the ledger
        has it is then no sign of a copy.
        """
        if not ledger_has_one and not self._restored.exists() and self._read() is None:
            self.write(f"{secrets.token_hex(8)} 0")

    def older(self, inside: str | None) -> bool:
        """Whether a ledger with the mark `inside` (None = it never had one) is a copy of before."""
        if self._restored.exists():
            return True
        outside = self._read()
        if outside is None or inside is None:
            return inside is not None or (outside is not None and not outside.endswith(" 0"))
        mine, theirs = _parsed(inside), _parsed(outside)
        return mine is None or theirs is None or mine[0] != theirs[0] or mine[1] < theirs[1]

    def following(self, inside: str | None) -> str:
        """The next mark: another name than any before where the two were not one line."""
        mine, theirs = _parsed(inside or ""), _parsed(self._read() or "")
        if mine is None and theirs is not None and theirs[1] == 0:
            return f"{theirs[0]} 1"
        if mine is None or (theirs is not None and (mine[0] != theirs[0] or mine[1] < theirs[1])):
            return f"{secrets.token_hex(8)} 1"
        return f"{mine[0]} {mine[1] + 1}"

    def write(self, stamp: str) -> None:
        """Put the mark outside, durably. StoreFull when the disk does not take it."""
        try:
            replace_file(self._path, stamp.encode("ascii"))
            if self._restored.exists():
                self._restored.unlink()
                sync_folder(self._path.parent)
        except OSError as error:
            raise StoreFull(path=self._path, detail=error) from error

    def _read(self) -> str | None:
        try:
            return self._path.read_text("ascii", errors="replace").strip()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StoreFull(path=self._path, detail=error) from error


def _parsed(stamp: str) -> tuple[str, int] | None:
    name, _, count = stamp.partition(" ")
    return (name, int(count)) if name and count.isdecimal() else None
