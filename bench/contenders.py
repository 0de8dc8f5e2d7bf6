"""Five keepers of the same stories, each behind the same five calls. One runs in one process."""

from __future__ import annotations

import json
import random
import sqlite3
import time
from collections.abc import Iterable
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any, Protocol

import orjson

from store.model import Edition
from store.records import story_from
from store.tiny import TinyLibrary
from tests.build import NOON

NEWEST = 10
Document = dict[str, Any]


class Contender(Protocol):
    """A store of story documents in one folder."""

    durable: bool

    def build(self, documents: Iterable[Document]) -> None: ...

    def open(self) -> None: ...

    def newest(self, company: str) -> list[Any]:
        """A company's newest ten, parsed."""
        ...

    def insert(self, document: Document) -> None: ...

    def search(self, word: str) -> list[Any]:
        """Ten stories with the word, the newest unless the store ranks, parsed."""
        ...


class Plain:
    """TinyDB with its own JSONStorage."""

    durable = True

    def __init__(self, folder: Path) -> None:
        self.path = folder / "plain.json"
        self.table: Any = None

    def build(self, documents: Iterable[Document]) -> None:
        rows = {str(key): flat(document) for key, document in enumerate(documents, 1)}
        self.path.write_text(json.dumps({"stories": rows}), encoding="utf-8")

    def storage(self) -> Any:
        from tinydb import JSONStorage

        return JSONStorage

    def open(self) -> None:
        from tinydb import TinyDB

        self.table = TinyDB(self.path, storage=self.storage()).table("stories", cache_size=0)

    def newest(self, company: str) -> list[Any]:
        from tinydb import where

        found = self.table.search(where("companies").any([company]))
        return sorted(found, key=lambda story: (story["edition"], -story["order"]), reverse=True)[:NEWEST]

    def insert(self, document: Document) -> None:
        self.table.insert(flat(document))

    def search(self, word: str) -> list[Any]:
        from tinydb import where

        holds = where("title").test(lambda text: word in text) | where("body").test(lambda text: word in text)
        found = self.table.search(holds)
        return sorted(found, key=lambda story: (story["edition"], -story["order"]), reverse=True)[:NEWEST]


class Caching(Plain):
    """TinyDB with CachingMiddleware: writes every thousandth change, so an insert is not durable."""

    durable = False

    def storage(self) -> Any:
        from tinydb import JSONStorage
        from tinydb.middlewares import CachingMiddleware

        return CachingMiddleware(JSONStorage)  # type: ignore[no-untyped-call]


class Sqlite:
    """SQLite: WAL, synchronous=FULL, an index by company and newness, documents as JSON."""

    durable = True
    full_text = False

    def __init__(self, folder: Path) -> None:
        self.path = folder / f"{type(self).__name__}.sqlite"
        self.db: sqlite3.Connection = None  # type: ignore[assignment]

    def build(self, documents: Iterable[Document]) -> None:
        self.open()
        self.db.executescript(
            """CREATE TABLE story(key INTEGER PRIMARY KEY, id TEXT UNIQUE, document BLOB);
            CREATE TABLE mention(company TEXT, edition TEXT, place INTEGER, key INTEGER,
                PRIMARY KEY (company, edition, place, key)) WITHOUT ROWID;"""
        )
        if self.full_text:
            self.db.execute("CREATE VIRTUAL TABLE words USING fts5(grams, content='', tokenize='unicode61')")
        self.db.execute("BEGIN")
        for document in documents:
            self._add(document)
        self.db.execute("COMMIT")
        self.db.close()

    def open(self) -> None:
        self.db = sqlite3.connect(self.path, isolation_level=None)
        self.db.execute("PRAGMA journal_mode = WAL")
        self.db.execute("PRAGMA synchronous = FULL")

    def newest(self, company: str) -> list[Any]:
        rows = self.db.execute(
            "SELECT document FROM mention JOIN story USING (key) WHERE company = ?"
            " ORDER BY edition DESC, place DESC LIMIT ?",
            (company, NEWEST),
        )
        return [orjson.loads(row[0]) for row in rows]

    def insert(self, document: Document) -> None:
        self.db.execute("BEGIN IMMEDIATE")
        self._add(document)
        self.db.execute("COMMIT")

    def search(self, word: str) -> list[Any]:
        raise NotImplementedError

    def _add(self, document: Document) -> int:
        sql = "INSERT INTO story(id, document) VALUES (?, ?)"
        key = self.db.execute(sql, (document["id"], orjson.dumps(document))).lastrowid or 0
        self.db.executemany(
            "INSERT OR IGNORE INTO mention VALUES (?, ?, ?, ?)",
            [(mention[0], document["edition"], -document["order"], key) for mention in document["mentions"]],
        )
        return key


class SqliteWords(Sqlite):
    """The same with an FTS5 index over two-character grams, kept in the same insert."""

    full_text = True

    def search(self, word: str) -> list[Any]:
        rows = self.db.execute(
            "SELECT document FROM story JOIN (SELECT rowid FROM words WHERE words MATCH ?"
            " ORDER BY rowid DESC LIMIT ?) AS found ON story.key = found.rowid",
            ('"' + " ".join(map("".join, pairwise(word))) + '"', NEWEST),
        )
        return [orjson.loads(row[0]) for row in rows]

    def _add(self, document: Document) -> int:
        key = super()._add(document)
        text = f"{document['title']}\n{document['body']}".casefold()
        grams = " ".join("".join(pair) for run in text.split() for pair in pairwise(run))
        self.db.execute("INSERT INTO words(rowid, grams) VALUES (?, ?)", (key, grams))
        return key


class Ours:
    """The library: TinyDB on the journal, with its own search index."""

    durable = True

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "ours"
        self.library: TinyLibrary = None  # type: ignore[assignment]

    def build(self, documents: Iterable[Document]) -> None:
        self.open()
        for edition, group in groupby(documents, key=lambda document: document["edition"]):
            stories = list(group)
            ids = tuple(document["id"] for document in stories)
            self.library.put_edition(
                Edition(edition, None, edition, ids, "ko", NOON),
                [story_from(document) for document in stories],
            )
        while self.library.compact(seconds=1):
            pass
        self.library.close()

    def open(self) -> None:
        self.library = TinyLibrary(self.folder)

    def newest(self, company: str) -> list[Any]:
        return list(self.library.stories_about(company, limit=NEWEST).stories)

    def insert(self, document: Document) -> None:
        self.library.put_story(story_from(document))

    def search(self, word: str) -> list[Any]:
        return list(self.library.search(word, limit=NEWEST).hits)


CONTENDERS: dict[str, type[Any]] = {
    "ours": Ours,
    "plain TinyDB": Plain,
    "TinyDB caching": Caching,
    "SQLite": Sqlite,
    "SQLite + FTS5": SqliteWords,
}


def flat(document: Document) -> Document:
    """A story as plain TinyDB is asked for it: the companies as a list of their own."""
    return {**document, "companies": list(dict.fromkeys(mention[0] for mention in document["mentions"]))}


def zipf_companies(companies: list[str], count: int, seed: int) -> list[str]:
    """Companies as people ask for them."""
    weights = [1 / (rank + 1) ** 1.1 for rank in range(len(companies))]
    return random.Random(seed).choices(companies, weights, k=count)


def timed(work: Any, *args: Any) -> float:
    """Milliseconds of one call."""
    begin = time.perf_counter()
    work(*args)
    return (time.perf_counter() - begin) * 1000
