"""Four ways to find stories by words, each behind the same five calls. One runs in one process.

Keys are the numbers of the stories in the corpus. Each keeps an index alone, but for ours, which is
the library with its stories: `size` is that of the index in all of them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import Any, Protocol

from store.index import grams, phrase
from store.model import Edition
from store.records import story_from
from store.search import REACH
from store.tiny import TinyLibrary
from tests.build import NOON

LIMIT = 10
Document = dict[str, Any]


class Contender(Protocol):
    """An index of stories in one folder."""

    def build(self, documents: Iterable[Document]) -> None: ...

    def open(self) -> None: ...

    def find(self, query: str) -> tuple[list[int], int]:
        """Ten stories that hold every word, and how many do; -1 = it does not count to the end."""
        ...

    def insert(self, document: Document) -> None:
        """One story more, durable as the contender is, and found from now on."""
        ...

    def size(self) -> int:
        """Bytes of the index on the disk."""
        ...


class Ours:
    """The library: its index follows at a distance, and what it has not read is looked through."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.library: TinyLibrary = None  # type: ignore[assignment]
        self._numbers: dict[str, int] = {}

    def build(self, documents: Iterable[Document]) -> None:
        self.open()
        for edition, group in groupby(documents, key=lambda document: document["edition"]):
            stories = [story_from(document) for document in group]
            ids = tuple(story.id for story in stories)
            self.library.put_edition(Edition(edition, None, edition, ids, "ko", NOON), stories)
        while self.library.compact(seconds=1):
            pass
        self.library.close()

    def open(self) -> None:
        self.library = TinyLibrary(self.folder)

    def find(self, query: str) -> tuple[list[int], int]:
        found = self.library.search(query, limit=LIMIT)
        keys = [self.library._places.keys[hit.story.id] - 1 for hit in found.hits]  # noqa: SLF001
        return keys, -1 if found.total >= REACH else found.total

    def insert(self, document: Document) -> None:
        self.library.put_story(story_from(document))

    def size(self) -> int:
        return sum(path.stat().st_size for path in self.folder.glob("search.sqlite*"))


class Fts5:
    """SQLite's FTS5 over two-character grams, its text kept nowhere, one transaction an insert."""

    tokens = "ascii tokenchars '!#$%&()*+,-./:;<=>?@[\\]^_`{|}~'"

    def __init__(self, folder: Path) -> None:
        self.path = folder / "words.sqlite"
        self.db: sqlite3.Connection = None  # type: ignore[assignment]
        self._next = 0

    def build(self, documents: Iterable[Document]) -> None:
        self._connect()
        self.db.execute(
            f"CREATE VIRTUAL TABLE words USING fts5(text, content='', tokenize=\"{self.tokens}\")"
        )
        self.db.execute("BEGIN")
        for document in documents:
            self._add(document)
        self.db.execute("COMMIT")
        self.db.execute("INSERT INTO words(words) VALUES ('optimize')")
        self.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.db.close()

    def open(self) -> None:
        self._connect()
        self._next = (self.db.execute("SELECT max(rowid) FROM words").fetchone()[0] or -1) + 1

    def find(self, query: str) -> tuple[list[int], int]:
        match = " AND ".join(self.term(word) for word in query.split())
        sql = "SELECT rowid FROM words WHERE words MATCH ? ORDER BY rowid DESC LIMIT ?"
        rows = [row for (row,) in self.db.execute(sql, (match, REACH))]
        return rows[:LIMIT], -1 if len(rows) >= REACH else len(rows)

    def insert(self, document: Document) -> None:
        self.db.execute("BEGIN")
        self._add(document)
        self.db.execute("COMMIT")

    def size(self) -> int:
        return sum(path.stat().st_size for path in self.path.parent.glob("words.sqlite*"))

    def tokenized(self, text: str) -> str:
        return grams(text)

    def term(self, word: str) -> str:
        return phrase(word)

    def _connect(self) -> None:
        self.db = sqlite3.connect(self.path, isolation_level=None)
        self.db.execute("PRAGMA journal_mode = WAL")
        self.db.execute("PRAGMA synchronous = FULL")

    def _add(self, document: Document) -> None:
        text = self.tokenized(f"{document['title']}\n{document['body']}".casefold())
        self.db.execute("INSERT INTO words(rowid, text) VALUES (?, ?)", (self._next, text))
        self._next += 1


class Trigrams(Fts5):
    """FTS5's own trigram tokenizer: words of two syllables cannot be asked of it."""

    tokens = "trigram"

    def tokenized(self, text: str) -> str:
        return text

    def term(self, word: str) -> str:
        return '"' + word + '"'


class Tantivy:
    """tantivy over two- and one-character grams of its own tokenizer, one commit an insert."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "tantivy"
        self.index: Any = None
        self.writer: Any = None
        self._next = 0

    def build(self, documents: Iterable[Document]) -> None:
        self.open()
        for document in documents:
            self._add(document)
        self.writer.commit()
        self.writer.wait_merging_threads()

    def open(self) -> None:
        import tantivy

        builder = tantivy.SchemaBuilder()
        builder.add_integer_field("key", stored=True, indexed=False, fast=True)
        builder.add_text_field("text", stored=False, tokenizer_name="grams", index_option="position")
        self.folder.mkdir(exist_ok=True)
        self.index = tantivy.Index(builder.build(), path=str(self.folder))
        analyzer = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
        self.index.register_tokenizer("grams", analyzer)
        self.writer = self.index.writer(heap_size=50_000_000, num_threads=1)
        self.index.reload()
        self._next = self.index.searcher().num_docs

    def find(self, query: str) -> tuple[list[int], int]:
        import tantivy

        parts = [(tantivy.Occur.Must, self._phrase(tantivy, word)) for word in query.split()]
        searcher = self.index.searcher()
        result = searcher.search(
            tantivy.Query.boolean_query(parts),
            LIMIT,
            count=True,
            order_by_field="key",
            order=tantivy.Order.Desc,
        )
        return [searcher.doc(address)["key"][0] for _, address in result.hits], int(result.count)

    def insert(self, document: Document) -> None:
        self._add(document)
        self.writer.commit()
        self.index.reload()

    def size(self) -> int:
        return sum(path.stat().st_size for path in self.folder.rglob("*") if path.is_file())

    def _phrase(self, tantivy: Any, word: str) -> Any:
        tokens = [word[at : at + 2] for at in range(len(word) - 1)] or [word]
        if len(tokens) == 1:
            return tantivy.Query.term_query(self.index.schema, "text", tokens[0])
        return tantivy.Query.phrase_query(self.index.schema, "text", tokens)

    def _add(self, document: Document) -> None:
        import tantivy

        text = grams(f"{document['title']}\n{document['body']}".casefold())
        self.writer.add_document(tantivy.Document(key=self._next, text=text))
        self._next += 1


CONTENDERS: dict[str, type[Any]] = {
    "ours": Ours,
    "FTS5, our two-grams": Fts5,
    "FTS5, trigrams": Trigrams,
    "tantivy, our two-grams": Tantivy,
}
