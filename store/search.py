"""Finding stories by words: what is folded alike is alike, what holds every word is found.

The index follows the store at a distance, so that an insert never waits for it. Whatever it has not
read yet is looked through here, word for word, so that an answer knows every story.
"""

from __future__ import annotations

import re
import time
import unicodedata
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path

from store.aside import Aside
from store.index import IndexBroken, SearchIndex
from store.journal import Journal
from store.places import Places
from store.spelling import simplified_table

REACH = 300  # an answer's `total` ends here: of more stories, the newest are found
_RANKED = 30  # the newest of them, and the newest with all words in the title, are ranked
_TITLED = 20
NEAR = 64  # stories are looked through word for word; of more, the index comes first
_FOLDED = 4096  # folded texts kept ready
_TRIES = 3  # new index files, one after the other
_LOG = 4 << 20  # bytes of the index's own log that are worth moving
_BATCH = 256  # stories a transaction
_SCANNED = 200  # stories of companies that are looked through word for word, without the index
_HAN = re.compile("[\u2e80-\u9fff\uf900-\ufaff]")


def fold(text: str) -> str:
    """Case, width and compatibility folded; traditional Chinese as simplified."""
    text = unicodedata.normalize("NFKC", text).casefold()
    return text.translate(simplified_table()) if _HAN.search(text) else text


Lets = Callable[[int], bool]


class Search:
    """Search over one table of a journal. A read-only one uses the index where there is one.

    `left` counts the stories that the batch under way has still to index.
    """

    def __init__(self, path: Path, journal: Journal, places: Places, *, table: str) -> None:
        self._path, self._journal, self._places, self._table = path, journal, places, table
        self.left = self._failures = 0
        self._opened: SearchIndex | None = None
        self._work: Iterator[bool] | None = None
        self._disk = Aside(IndexBroken)
        self._folded: OrderedDict[int, tuple[str, str]] = OrderedDict()

    def find(
        self,
        words: str,
        offset: int,
        limit: int,
        *,
        companies: Collection[str] = (),
        first: str = "",
        last: str = "",
    ) -> tuple[list[tuple[int, float]], int]:
        """(key, score) of stories that hold every word, best first, and how many there are.

        Ranked by how often and whether in the title, equals by newest. Ranked are the newest
        thirty and the newest twenty with every word in the title; the others follow,
        newest first, with score 0. More than REACH are neither found nor counted. `companies`,
        `first` and `last` narrow as Library.search says; with companies no word is needed.
        """
        terms = tuple(dict.fromkeys(fold(words[:200]).split()))
        lets = self._places.filtered(companies, first, last)
        if not terms:
            listed = [key for key in self._places.union(companies) if lets and lets(key)]
            return [(key, 0.0) for key in listed[offset : offset + limit]], len(listed)
        found, titled = self._candidates(terms, lets, companies)
        pool = dict.fromkeys([*found[:_RANKED], *titled])
        ranked = sorted(pool, key=self._places.newness, reverse=True)
        scores = [(key, self._score(key, terms)) for key in ranked]
        scores.sort(key=lambda pair: -pair[1])
        if offset + limit > len(scores):
            scores += [(key, 0.0) for key in found[_RANKED:] if key not in pool]
        return scores[offset : offset + limit], len(found)

    def step(self, seconds: float) -> bool:
        """About `seconds` of indexing; True while the index is behind."""
        if self._work is None and not self._behind():
            return False
        self._work = self._work or self._catch_up()
        until = time.perf_counter() + seconds
        try:
            for waiting in self._work:
                if waiting or time.perf_counter() >= until:
                    return True
        except IndexBroken:
            self._give_up()
            return self._behind()
        self._work, self.left, self._failures = None, 0, 0
        return self._behind()

    def indexed(self) -> str:
        """The mark up to which the index has read."""
        return self._index.mark

    def forget(self, key: int) -> None:
        """This story has changed."""
        self._folded.pop(key, None)

    def close(self) -> None:
        """Let go of the file. Idempotent."""
        self._disk.settle()
        self._work = None
        if self._opened is not None:
            self._opened.close()
        self._opened = None

    @property
    def _index(self) -> SearchIndex:
        if self._opened is None:
            self._opened = SearchIndex(self._path, read_only=self._journal.read_only)
        return self._opened

    def _behind(self) -> bool:
        """Whether there is something to index. A store of few stories is looked through instead."""
        if self._journal.read_only or self._is_small():
            return False
        return self._index.usable and self._index.mark != self._journal.changes.mark

    def _is_small(self) -> bool:
        return len(self._places) <= NEAR

    def _candidates(
        self, terms: Sequence[str], lets: Lets | None, companies: Collection[str]
    ) -> tuple[list[int], list[int]]:
        """Keys that hold every word, newest first, and of those some that hold them all in the title.

        The few stories of the companies asked for are looked through; of more, the index comes first.
        """
        if companies and sum(map(self._places.length, companies)) <= _SCANNED:
            few = [key for key in self._places.union(companies) if lets is None or lets(key)]
            held = [key for key in few if self._holds(key, terms)]
            return held, []
        unread = self._unread()
        found, titled = list[int](), list[int]()
        if unread is not None:
            try:
                found = self._index.find(terms, REACH, lets=lets)
                titled = self._index.find(terms, _TITLED, titles=True, lets=lets)
            except IndexBroken:
                self._give_up()
                unread = None
        if unread is None:
            found, titled, unread = [], [], set(self._places.keys.values())
        if not unread and not self._journal.read_only:
            return found, titled
        fresh = [
            key
            for key in unread
            if key in self._places and (lets is None or lets(key)) and self._holds(key, terms)
        ]
        fresh.sort(key=self._places.newness, reverse=True)
        known = [key for key in found if key in self._places and key not in unread]
        return (fresh + known)[:REACH], [key for key in titled if key in self._places and key not in unread]

    def _unread(self) -> set[int] | None:
        """Keys that the index has not read as they are now; None = it is of no use."""
        if self._is_small() or not self._index.usable:
            return None
        keys = self._since(self._index.mark)
        if (keys is None or len(keys) > NEAR) and not self._journal.read_only:
            while self.step(1):
                pass
            keys = self._since(self._index.mark)
        return keys

    def _since(self, mark: str) -> set[int] | None:
        changes = self._journal.changes
        if mark == changes.mark:
            return set()
        since = changes.since(mark) if mark else None
        return None if since is None else {key for table, key in since if table == self._table}

    def _catch_up(self) -> Iterator[bool]:
        """Index what was written up to now, step by step."""
        index, mark = self._index, self._journal.changes.mark
        keys: Sequence[int] | set[int] | None = self._since(index.mark)
        if keys is None:
            index.reset()
            keys = list(self._journal.ids(self._table))
        self.left = len(keys)
        for key in keys:
            document = self._journal.get(self._table, key)
            if document is None:
                index.remove(key)
            else:
                index.put(key, fold(document["title"]), fold(f"{document['title']}\n{document['body']}"))
            self.left -= 1
            yield False
            if self.left % _BATCH == _BATCH - 1:
                yield from self._disk.run(lambda: self._keep(index, index.mark))
        yield from self._disk.run(lambda: self._keep(index, mark))

    def _keep(self, index: SearchIndex, mark: str) -> None:
        index.commit(mark)
        if index.log_size() > _LOG:
            index.checkpoint()

    def _give_up(self) -> None:
        """Begin with an empty index; when that has not helped (no space, no rights), do without."""
        self._disk.settle()
        self._work, self.left, self._failures = None, 0, self._failures + 1
        if self._failures <= _TRIES:
            self._index.reset()
        else:
            self._index.close()

    def _holds(self, key: int, terms: Sequence[str]) -> bool:
        title, body = self._text(key)
        return all(term in title or term in body for term in terms)

    def _score(self, key: int, terms: Sequence[str]) -> float:
        """Of each word: how often (the first times count most), and one more if it is in the title."""
        title, body = self._text(key)
        score = 0.0
        for term in terms:
            times = body.count(term)
            score += times / (times + 1.2) + (1.0 if term in title else 0.0)
        return round(score, 3)

    def _text(self, key: int) -> tuple[str, str]:
        """A story's title and body, folded."""
        found = self._folded.get(key)
        if found is None:
            document = self._journal.get(self._table, key) or {}
            found = self._folded[key] = fold(document.get("title", "")), fold(document.get("body", ""))
            if len(self._folded) > _FOLDED:
                self._folded.popitem(last=False)
        return found
