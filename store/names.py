"""Names: what this bot's admins changed in the catalogue's names, and how far stories know of it.

    names.tsv     the changes, a line each (store/name_changes.py), beside the library's files
    names.read    with which names the stories were last read, as JSON

A table of its own and not documents of the library, because a person reads and corrects it as he does the
shipped companies.tsv, with the same columns and the same spreadsheet; because it is some hundred lines
that change a few times a month, where writing it whole costs nothing; and because a reader without the
library's lock must see it. Both files are written whole and atomically: temporary file, fsync, rename,
fsync of the folder. Nothing here reads stories: handlers/reread.py does.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path

from store.catalogue import Catalogue, CatalogueError, load
from store.errors import StoreFull, StoreLocked
from store.folder import sync_folder
from store.name_changes import NameChange, by_company, read, written
from store.renaming import applied

_LARGEST = 5_000_000  # bytes of a table; the shipped one is some 50 kB
_Stamp = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class ReadMark:
    """With which names the stories were read.

    `version` is that of the last reading that came to its end ("" = none yet: as shipped), `target`
    that of the one under way ("" = none). `reread` stories and `changed` ones among them belong to
    the reading under way, else to the last; `chats` had a merged company on their lists. Times are
    ISO 8601. After a crash `reread` and `changed` may lack those since the last save.
    """

    version: str = ""
    target: str = ""
    reread: int = 0
    changed: int = 0
    chats: int = 0
    finished_at: str = ""


class Names:
    """The names in use in one data folder: `catalogue` is the shipped one with `changes` played over it.

    Raises CatalogueError naming file and line when names.tsv cannot be read or makes no sense.
    """

    def __init__(self, folder: Path, *, shipped: Catalogue | None = None, read_only: bool = False) -> None:
        self.path = Path(folder) / "names.tsv"
        self.shipped = shipped or load()
        self.read_only = read_only
        self.changes: tuple[NameChange, ...] = ()
        self.catalogue = self.shipped
        self.mark = ReadMark()
        self._mark_path = self.path.with_name("names.read")
        self._stamp: _Stamp | None = None
        self._version: tuple[Catalogue, str] | None = None
        self.refresh()
        self._read_mark()

    # ---- changing

    def refresh(self) -> bool:
        """Take in what a person changed in names.tsv; whether there was anything."""
        stamp = _stamp(self.path)
        if stamp == self._stamp:
            return False
        changes = () if stamp is None else _whole(self.path)
        self.catalogue = applied(self.shipped, changes, self.path)
        self.changes, self._stamp = changes, stamp
        return True

    def extend(self, more: Sequence[NameChange]) -> None:
        """Make these changes, all of them or (CatalogueError, StoreFull) none; durable on return."""
        self.refresh()
        self._keep((*self.changes, *more))

    def undo(self, ident: str) -> tuple[NameChange, ...]:
        """Take back the newest change and all that were made with it; () when it is not `ident`.

        CatalogueError where what is left would make no sense.
        """
        self.refresh()
        newest = self.changes[-1] if self.changes else None
        if newest is None or newest.ident != ident:
            return ()
        taken = self.last()
        self._keep(self.changes[: len(self.changes) - len(taken)])
        return taken

    def last(self) -> tuple[NameChange, ...]:
        """The newest change; where it came by a file, all that came by that file with it."""
        newest = self.changes[-1]
        if " " not in newest.who:
            return (newest,)
        count = 0
        while count < len(self.changes) and _same_file(self.changes[-1 - count], newest):
            count += 1
        return self.changes[len(self.changes) - count :]

    def forget(self, who: str) -> None:
        """Keep what this person changed, and no longer that it was this person."""
        if any(change.who.partition(" ")[0] == who for change in self.changes):
            self._keep([replace(c, who="") if c.who.partition(" ")[0] == who else c for c in self.changes])

    def _keep(self, changes: Sequence[NameChange]) -> None:
        if self.read_only:
            raise StoreLocked(path=self.path.parent)
        numbered = tuple(replace(change, line=line) for line, change in enumerate(changes, start=2))
        catalogue = applied(self.shipped, numbered, self.path)
        _replace(self.path, written(numbered))
        self.changes, self.catalogue = numbered, catalogue
        self._stamp = _stamp(self.path)

    # ---- asking

    def history(self, company_id: str) -> tuple[NameChange, ...]:
        """The changes that made a company what it is, oldest first."""
        found = by_company(self.changes, self.catalogue.moved)
        return tuple(found.get(self.catalogue.moved.get(company_id, company_id), ()))

    @property
    def version(self) -> str:
        """A hash of all that reading a story looks at in the catalogue in use."""
        if self._version is None or self._version[0] is not self.catalogue:
            self._version = (self.catalogue, _hash(self.catalogue))
        return self._version[1]

    # ---- how far the stories are read

    @property
    def untouched(self) -> bool:
        """Whether nobody ever changed a name here, nor was anything ever read again."""
        return not (self.mark.version or self.mark.target or self.changes)

    @property
    def pending(self) -> bool:
        """Whether stories are still to be read with the names in use: never yet, or an interrupted
        reading with others (undone meanwhile) may have changed some.
        """
        return not self.untouched and (self.mark.version != self.version or bool(self.mark.target))

    def save_mark(self) -> None:
        """Keep `mark`, durably. Raises StoreFull."""
        if self.read_only:
            raise StoreLocked(path=self.path.parent)
        _replace(self._mark_path, json.dumps(asdict(self.mark)) + "\n")

    def reread_all(self) -> None:
        """Let every story be read again, whatever it was read with. Raises StoreFull."""
        self.mark = ReadMark(version="none")
        self.save_mark()

    def _read_mark(self) -> None:
        """A mark that cannot be read costs one reading of all stories too many."""
        try:
            body = json.loads(self._mark_path.read_text(encoding="utf-8"))
            self.mark = ReadMark(**{name: type(was)(body[name]) for name, was in asdict(ReadMark()).items()})
        except FileNotFoundError:
            self.mark = ReadMark()
        except (OSError, ValueError, TypeError, KeyError):
            self.mark = ReadMark(version="none")


def _same_file(one: NameChange, other: NameChange) -> bool:
    return (one.at, one.who) == (other.at, other.who)


def _whole(path: Path) -> tuple[NameChange, ...]:
    try:
        if path.stat().st_size > _LARGEST:
            raise CatalogueError(path=path, line=0, reason=f"larger than {_LARGEST} bytes")
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise CatalogueError(path=path, line=0, reason=str(error)) from error
    changes, errors = read(text, path)
    if errors:
        raise errors[0]
    return changes


def _stamp(path: Path) -> _Stamp | None:
    """What tells that a file is another than before; None when there is none."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return (status.st_ino, status.st_mtime_ns, status.st_size)


def _hash(catalogue: Catalogue) -> str:
    parts = (tuple(catalogue.companies.values()), sorted(catalogue.moved.items()), catalogue.not_names)
    return sha256(repr(parts).encode()).hexdigest()[:16]


def _replace(path: Path, text: str) -> None:
    """Let a file hold this text, whatever happens: the old one or the new one, never a half."""
    temporary = path.with_name(f"{path.name}.tmp")
    try:
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise StoreFull(path=path, detail=error.strerror or "") from error
