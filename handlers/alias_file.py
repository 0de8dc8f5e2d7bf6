"""A table of names that somebody hands in: what it would change, and everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from handlers.alias_doubts import Doubt, holders
from handlers.alias_words import Named, script_of
from store.catalogue import Catalogue, CatalogueError
from store.name_changes import NameChange, read
from store.names import Names
from store.renaming import applied, effective

LARGEST = 5_000_000  # bytes


@dataclass(frozen=True, slots=True)
class Brought:
    """What a table holds that is new. With `errors` nothing of it may be taken in.

    `shared`: the line and the doubt of each name that two companies have after it.
    """

    changes: tuple[NameChange, ...] = ()
    errors: tuple[CatalogueError, ...] = ()
    shared: tuple[tuple[int, Doubt], ...] = ()


def brought(data: bytes, name: str, names: Names) -> Brought:
    """What `data`, a table of names.tsv's or companies.tsv's columns in UTF-8, would change."""
    path = Path(name)
    if len(data) > LARGEST:
        return Brought(errors=(CatalogueError(path=path, line=0, reason=f"larger than {LARGEST} bytes"),))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return Brought(errors=(CatalogueError(path=path, line=line, reason=f"not UTF-8: {error.reason}"),))
    changes, unread = read(text, path)
    kept, senseless = effective(names.catalogue, changes, path)
    if unread or senseless:
        errors = sorted((*unread, *senseless), key=lambda error: int(error.args_for_words["line"]))
        return Brought(errors=tuple(errors))
    return Brought(kept, shared=tuple(_shared(kept, applied(names.catalogue, kept, path))))


def _shared(changes: tuple[NameChange, ...], after: Catalogue) -> Iterator[tuple[int, Doubt]]:
    for change in changes:
        own = after.moved.get(change.company, change.company)
        for name in change.names if change.verb in {"new", "add"} else ():
            if others := tuple(each for each in holders(name, after) if each != own):
                yield change.line, Doubt(Named(name, script_of(name)), "taken", others)
