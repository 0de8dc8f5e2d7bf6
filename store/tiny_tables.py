"""TinyDB on the journal: `JournalDB(path)` is a TinyDB whose writes cost what they change.

TinyDB's own Table reads and writes the whole state for every change, whatever the storage, so both
of its hooks are needed, a Storage and a Table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from pathlib import Path
from typing import Any, cast

from tinydb import TinyDB
from tinydb.queries import QueryLike
from tinydb.storages import Storage
from tinydb.table import Document, Table

from store.journal import Journal, Op


class JournalStorage(Storage):
    """A Storage for any TinyDB; with TinyDB's own Table it is durable but slow. See Journal."""

    def __init__(self, path: str | Path, **options: Any) -> None:
        self.journal = Journal(path, **options)

    def read(self) -> dict[str, Any] | None:
        """Every table, its documents still in their files."""
        return {name: _View(self.journal, name) for name in self.journal.tables() if self.journal.ids(name)}

    def write(self, data: Mapping[str, Mapping[Any, Any]]) -> None:
        """Make the state equal to `data`, by one commit of what differs."""
        ops: list[Op] = []
        for name in {*self.journal.tables(), *data}:
            table = data.get(name, {})
            if isinstance(table, _View):
                continue
            new = {int(key): dict(document) for key, document in table.items()}
            ops += [(name, key, None) for key in self.journal.ids(name) if key not in new]
            ops += [(name, key, found) for key, found in new.items() if found != self.journal.get(name, key)]
        if ops:
            self.journal.commit(ops)

    def close(self) -> None:
        self.journal.close()


class JournalTable(Table):
    """TinyDB's table, reading one document at a time and committing only what changed."""

    def __init__(self, storage: Storage, name: str, **options: Any) -> None:
        self._journal = cast("JournalStorage", storage).journal
        self._seen = -1
        self._free = 1
        super().__init__(storage, name, **options)

    def search(self, cond: QueryLike) -> list[Document]:
        """As TinyDB's; its cache is dropped when anything was committed, by whatever way."""
        if self._seen != self._journal.sequence:
            self.clear_cache()
            self._seen = self._journal.sequence
        return super().search(cond)

    def __len__(self) -> int:
        return len(self._journal.ids(self.name))

    def _get_next_id(self) -> int:
        found = max(self._free, self._journal.next_id(self.name))  # several before one commit
        self._free = found + 1
        return found

    def _read_table(self) -> Any:
        return _View(self._journal, self.name)

    def _update_table(self, updater: Callable[[dict[int, Mapping[Any, Any]]], None]) -> None:
        draft = _Draft(self._journal, self.name)
        updater(cast("dict[int, Mapping[Any, Any]]", draft))
        if ops := draft.ops():
            self._journal.commit(ops)


class JournalDB(TinyDB):
    """A TinyDB on a JournalStorage. `journal.commit` writes to several tables at once."""

    table_class = JournalTable  # type: ignore[assignment]
    default_storage_class = JournalStorage  # type: ignore[assignment]

    @property
    def journal(self) -> Journal:
        return cast("JournalStorage", self.storage).journal

    def tables(self) -> set[str]:
        return {name for name in self.journal.tables() if self.journal.ids(name)}


class _View(Mapping[str, Any]):
    """A table as TinyDB reads it: ids as text, each document read when it is asked for."""

    def __init__(self, journal: Journal, name: str) -> None:
        self._journal, self._name = journal, name

    def __getitem__(self, key: str) -> Any:
        document = self._journal.get(self._name, int(key))
        if document is None:
            raise KeyError(key)
        return document

    def __iter__(self) -> Iterator[str]:
        return map(str, list(self._journal.ids(self._name)))

    def __len__(self) -> int:
        return len(self._journal.ids(self._name))


class _Draft(MutableMapping[int, Any]):
    """A table as TinyDB changes it. What was handed out may have been changed in place."""

    def __init__(self, journal: Journal, name: str) -> None:
        self._journal, self._name = journal, name
        self._touched: dict[int, dict[str, Any] | None] = {}

    def __getitem__(self, key: int) -> Any:
        if key not in self._touched:
            document = self._journal.get(self._name, key)
            if document is None:
                raise KeyError(key)
            self._touched[key] = document
        found = self._touched[key]
        if found is None:
            raise KeyError(key)
        return found

    def __setitem__(self, key: int, document: Any) -> None:
        self._touched[key] = document

    def __delitem__(self, key: int) -> None:
        if key not in self:
            raise KeyError(key)
        self._touched[key] = None

    def __contains__(self, key: object) -> bool:
        if key in self._touched:
            return self._touched[key] is not None
        return key in self._journal.ids(self._name)

    def __iter__(self) -> Iterator[int]:
        old = self._journal.ids(self._name)
        yield from (key for key in list(old) if key in self)
        yield from (key for key in list(self._touched) if key in self and key not in old)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def clear(self) -> None:
        for key in list(self):
            self._touched[key] = None

    def ops(self) -> list[Op]:
        """What differs from the journal."""
        ids = self._journal.ids(self._name)
        return [
            (self._name, key, document)
            for key, document in self._touched.items()
            if (key in ids if document is None else document != self._journal.get(self._name, key))
        ]
