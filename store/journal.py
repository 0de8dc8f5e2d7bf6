"""Where data could be lost: a snapshot and a journal, and what becomes of them when.

    library.json             a snapshot: plain TinyDB JSON (its form: store/snapshot.py)
    library.previous.json    the snapshot before it, for when a byte of the newer one goes bad
    library.G.journal        a commit a line: [sequence,[[table,id,bytes],...],[document,...]]
    library.lock             flocked by the one process that writes

The state is a snapshot of generation G and every journal from G up, in order; without a snapshot,
nothing and every journal from 0 up. Documents are kept whole, so replaying twice changes nothing.
A commit is one line, synced before `commit` returns (store/lines.py). Compaction first starts journal
G+1, then writes what it finds as snapshot G+1 beside the old one, renames, and at last removes the
journals that neither kept snapshot needs: killed between any two steps, the state is the same.
"""

from __future__ import annotations

import os
import time
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson

from store.errors import StoreDamaged, StoreFull, StoreNewer
from store.folder import Folder
from store.lines import Log
from store.mend import line
from store.shelf import LONGEST, Changes, Shelf
from store.snapshot import FOREIGN, Snapshot, SnapshotWriter, choose, documents, proven

Document = dict[str, Any]
Op = tuple[str, int, Document | None]  # table, id, the whole document or None to remove it
Visit = Callable[[str, int, Document | None], None]

_SMALL = 1 << 16  # a journal of fewer bytes is not worth a snapshot
_SYNC_EVERY = 4 << 20  # bytes of a snapshot that may wait for the disk, lest a commit wait for them


class Journal:
    """Documents in tables behind one `library.json`, kept durably. For one thread at a time.

    `visit(table, id, document)` is told of every document while the files are read and of every
    change after, before `get` shows it. Raises StoreLocked, StoreNewer, StoreDamaged, StoreFull.
    With `read_only` it takes no lock, changes no file and sees the state of this moment.
    """

    def __init__(
        self, path: str | Path, *, schema: int = 1, read_only: bool = False, visit: Visit | None = None
    ) -> None:
        self.schema, self.read_only = schema, read_only
        self.generation = self.sequence = 0
        self.changes = Changes()
        self._folder, self._shelf = Folder(Path(path)), Shelf()
        self._logs: dict[int, Log] = {}  # generation -> journal; the greatest is written to
        self._slot = 0  # of that journal, on the shelf
        self._base = self._base_slot = 0  # generation and slot of the newest snapshot
        self._journaled = self._due_at = 0  # bytes in journals since, and how many are enough
        self._work: Iterator[bool] | None = None  # yields whether it waits for the disk
        self._notices: list[str] = []
        self._visit: Visit = visit or (lambda _table, _key, _document: None)
        try:
            self._open()
        except BaseException as error:
            self.close()
            if isinstance(error, OSError):
                raise StoreFull(path=path, detail=error) from error
            raise

    def get(self, table: str, key: int) -> Document | None:
        """One document, read from its file."""
        body = self._shelf.bytes_of(table, key)
        try:
            return None if body is None else orjson.loads(body)
        except ValueError as error:
            raise StoreDamaged(path=self._folder.path, detail=f"{table} {key} changed on disk") from error

    def tables(self) -> tuple[str, ...]:
        return self._shelf.tables()

    def ids(self, table: str) -> Mapping[int, int]:
        """A table's ids, oldest first (the values mean nothing outside)."""
        return self._shelf.ids(table)

    def next_id(self, table: str) -> int:
        """An id greater than any that this table is known to have held."""
        return self._shelf.next_id(table)

    def notices(self) -> tuple[str, ...]:
        """What a person should know of these files."""
        return tuple(self._notices)

    def commit(self, ops: Sequence[Op]) -> None:
        """Keep all of `ops` or none: durable when it returns, undone when it raises StoreFull."""
        if not self._logs or self.read_only:
            raise StoreFull(path=self._folder.path, detail="it is closed, or open for reading only")
        bodies = [b"" if document is None else orjson.dumps(document) for _, _, document in ops]
        if max(map(len, bodies), default=0) > LONGEST:
            raise ValueError(f"a document is longer than {LONGEST} bytes")
        heads = [(table, key, len(body)) for (table, key, _), body in zip(ops, bodies, strict=True)]
        written = b",".join(filter(None, bodies))
        row = line(b"[%d,%s,[%s]]" % (self.sequence + 1, orjson.dumps(heads), written))
        end = self._logs[self.generation].append(row)
        self._journaled += len(row)
        self._apply(heads, [document for *_, document in ops if document is not None], end, row[:8])

    def _apply(self, heads: Sequence[Sequence[Any]], found: Sequence[Document], end: int, crc: bytes) -> None:
        """Show the commit whose line ends at `end` of the journal."""
        written = [head[2] for head in heads if head[2]]
        offset = end - len("]]\n") - sum(written) - max(0, len(written) - 1)
        left = iter(found)
        for table, key, size in heads:
            self._visit(table, key, next(left) if size else None)
            self._shelf.put(table, key, self._slot, offset, size)
            offset += size + 1 if size else 0
        self.sequence += 1
        self.changes.add(f"{self.sequence}:{crc.decode()}", [(table, key) for table, key, _ in heads])

    def due(self) -> bool:
        """Whether `compact` has something to do."""
        log = self._logs.get(self.generation)
        able = log is not None and not log.broken and not self.read_only
        return self._work is not None or (able and self._journaled > self._due_at)

    def make_due(self) -> None:
        """Let the next `compact` begin a new snapshot, however little was written."""
        self._due_at = -1

    @property
    def compacting(self) -> bool:
        return self._work is not None

    def compact(self, seconds: float = 0.001) -> bool:
        """Write about `seconds` of a new snapshot where one is due; True while there is more to do."""
        if not self.due():
            return False
        self._work = self._work or self._rewrite()
        until = time.perf_counter() + seconds
        try:
            for waiting in self._work:
                if waiting or time.perf_counter() >= until:
                    return True
        except OSError as error:  # the old snapshot and every journal still stand
            self._due_at = 2 * self._journaled
            self._notices.append(f"A new snapshot could not be written ({error}); the journal grows on.")
            self._folder.unfinished.unlink(missing_ok=True)
        self._work = None
        return False

    def close(self) -> None:
        """Let go of files and lock; a snapshot half written is dropped. Idempotent."""
        self._folder.disk.settle()
        self._work = None
        self._logs.clear()
        self._shelf.close()
        self._folder.close()

    # ---- opening

    def _open(self) -> None:
        if not self.read_only:
            self._folder.lock()
        path, snapshot = self._gather()
        self._read_snapshot(snapshot)
        for generation, log in self._logs.items():
            self._replay(generation, log)
        strange = snapshot.how == FOREIGN and path == self._folder.path
        if strange and (len(self.changes) or 0 in self._folder.generations()):
            raise StoreDamaged(path=path, detail="another program made it, beside a journal: move one away")
        if snapshot.fd >= 0 and not snapshot.how and not self._logs:
            name = self._folder.journal(self._base).name
            self._notices.append(f"{name} is missing: nothing newer is known.")
        if snapshot.how:
            self._notices.append(f"{path.name} {snapshot.how}: it is taken as it is.")
        if not self.read_only:
            self._put_right(path, snapshot)
        elif path != self._folder.path:
            self._notices.append(f"{self._folder.path.name} is damaged or missing; older files hold all.")

    def _gather(self) -> tuple[Path, Snapshot]:
        """Choose a snapshot and open every journal from its generation up."""
        for _ in range(5):  # a reader's files may be compacted away between two look-ups
            path, snapshot = choose(self._folder.path, self._folder.previous, self._folder.generations())
            found = [number for number in self._folder.generations() if number >= snapshot.generation]
            if found == list(range(snapshot.generation, snapshot.generation + len(found))):
                with suppress(FileNotFoundError):
                    self._logs = {number: self._log(number) for number in found}
                    return path, snapshot
            if snapshot.fd >= 0:
                os.close(snapshot.fd)
        raise StoreDamaged(
            path=self._folder.journal(snapshot.generation), detail="it, or a later one, is missing"
        )

    def _read_snapshot(self, snapshot: Snapshot) -> None:
        self._refuse_newer(snapshot.schema)
        self.generation = self._base = snapshot.generation
        self.sequence, self._due_at = snapshot.sequence, max(_SMALL, snapshot.size // 4)
        self.changes.begin(snapshot.mark)
        if snapshot.fd >= 0:
            self._base_slot = self._shelf.add_file(snapshot.fd)
            for table, key, body, offset in documents(snapshot.fd):
                self._visit(table, key, orjson.loads(body))
                self._shelf.put(table, key, self._base_slot, offset, len(body))

    def _replay(self, generation: int, log: Log) -> None:
        self.generation, self._slot = generation, self._shelf.add_file(log.fd)
        for number, (found, crc) in enumerate(log.entries(generation, self.sequence)):
            if number:
                self._apply(found[1], found[2], log.size, crc)
            else:
                self._refuse_newer(found[1])
        self._journaled += log.size

    def _put_right(self, path: Path, snapshot: Snapshot) -> None:
        """Have a journal to write to, and a good snapshot where there is none."""
        last = self._logs.get(self.generation)
        if last is None or not last.size or last.schema != self.schema:  # none, killed while made, older
            self._begin(self.generation + bool(last and last.size))
        if path != self._folder.path:
            self._notices.append(f"{self._folder.set_aside(self.generation)}; older files held all of it.")
        if snapshot.how or path != self._folder.path:
            self.make_due()
            while self.compact():
                pass

    def _begin(self, generation: int, made: Log | None = None) -> None:
        """Commits go to a new journal from here on."""
        log = made or self._create(generation)
        self._logs[generation] = log
        self.generation, self._slot = generation, self._shelf.add_file(log.fd)

    def _log(self, generation: int) -> Log:
        return Log(self._folder.journal(generation), self._notices, read_only=self.read_only)

    def _create(self, generation: int) -> Log:
        path = self._folder.journal(generation)
        return Log.create(path, self._notices, generation=generation, schema=self.schema)

    def _refuse_newer(self, schema: int) -> None:
        if schema > self.schema:
            raise StoreNewer(path=self._folder.path, found=schema, known=self.schema)

    # ---- compaction

    def _rewrite(self) -> Iterator[bool]:
        """Write the state as a new snapshot, in steps so small that answers go on between them."""
        generation, made = self.generation + 1, list[Log]()
        yield from self._folder.disk.run(lambda: made.append(self._create(generation)))
        self._begin(generation, made[0])
        sequence, mark, sealed = self.sequence, self.changes.mark, self._journaled
        fd = os.open(self._folder.unfinished, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        slot = self._shelf.add_file(fd)
        places: list[tuple[str, list[int], array[int]]] = []
        writer = SnapshotWriter(fd)
        for table in self._shelf.tables():
            writer.table(table)
            places.append((table, list(self._shelf.ids(table)), array("q")))
            yield from self._copy(writer, *places[-1])
        writer.finish(generation=generation, sequence=sequence, mark=mark, schema=self.schema)
        yield from self._folder.disk.run(lambda: self._publish(fd))
        for table, keys, found in places:
            yield from self._shelf.move(table, keys, found, slot, but=self._slot)
        yield from self.changes.rebase(mark)
        yield from self._folder.disk.run(lambda: self._clean(slot))
        self._logs = {generation: made[0]}
        self._base, self._base_slot, self._due_at = generation, slot, max(_SMALL, writer.written // 4)
        self._journaled -= sealed

    def _copy(self, writer: SnapshotWriter, table: str, keys: list[int], found: array[int]) -> Iterator[bool]:
        """Write one table and note where each document lands; what was changed meanwhile is as good."""
        synced = writer.written
        for key in keys:
            body = self._shelf.bytes_of(table, key)
            found.append(writer.add(key, body) << 24 | len(body) if body else 0)
            if writer.written - synced > _SYNC_EVERY:
                synced = writer.written
                yield from self._folder.disk.run(lambda: os.fdatasync(writer.fd))
            yield False

    def _publish(self, fd: int) -> None:
        os.fsync(fd)
        if self._base_slot and proven(self._shelf.fd(self._base_slot)) is None:
            raise OSError("the old one changed on disk while it was open, so what was copied is not trusted")
        self._folder.publish()

    def _clean(self, slot: int) -> None:
        """Close what is not read any more; remove what came before the snapshot now called previous."""
        self._shelf.close(but=(slot, self._slot))
        self._folder.forget_before(self._base)
