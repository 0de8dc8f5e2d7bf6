"""What finds a story again: by id, by company, newest first. In memory, about 300 bytes a story."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import date
from functools import cache
from typing import TypeVar, cast

_T = TypeVar("_T")
_WEEK = re.compile(r"(\d{4})-W(\d{2})")

APPS = ""  # the list of apps of the week stands among those of companies; no company has this id


# Story id, edition, order in it, lists it is on (companies, APPS), day of its source. A plain tuple on
# purpose: the garbage collector forgets plain tuples of texts and numbers, and would walk through a
# hundred thousand others.
Fact = tuple[str, str, int, tuple[str, ...], str]


class Places:
    """Stories by their document's key. After a bulk of `add(..., settled=False)` call `settle()`."""

    def __init__(self) -> None:
        self.keys: dict[str, int] = {}  # story id -> key
        self._facts: dict[int, Fact] = {}
        self._lists: dict[str, array[int]] = {}  # keys, oldest first: newest at the end
        self._same: dict[object, object] = {}  # equal texts and tuples are kept once
        self._unsettled: set[str] = set()
        self._counts: dict[str, int] | None = None
        self._beside: dict[str, dict[str, tuple[int, int]]] = {}  # of names that were asked for; see beside()

    def __len__(self) -> int:
        return len(self._facts)

    def __contains__(self, key: int) -> bool:
        return key in self._facts

    def edition(self, key: int) -> str:
        """The edition that a story says it is of."""
        return self._facts[key][1]

    def add(
        self,
        key: int,
        story: str,
        edition: str,
        order: int,
        lists: Iterable[str],
        *,
        settled: bool,
        day: str = "",
    ) -> None:
        """Remember a story, instead of what was known under this key.

        `day` is its source's ("2017-11-22"), "" = unknown.
        """
        self.remove(key)
        names = tuple(self._once(name) for name in lists)
        self._facts[key] = (story, self._once(edition), order, self._once(names), self._once(day))
        self.keys[story] = key
        self._counts = None
        for name in names:
            if (neighbours := self._beside.get(name)) is not None:
                for other in self._others(key, name):
                    count, newest = neighbours.get(other, (0, key))
                    neighbours[other] = (count + 1, max(newest, key, key=self.newness))
            found = self._lists.get(name)
            if found is None:
                found = self._lists[name] = array("q")
            if not settled:
                self._unsettled.add(name)
                found.append(key)
            elif not found or self.newness(found[-1]) <= self.newness(key):
                found.append(key)
            else:
                found.insert(bisect_left(found, self.newness(key), key=self.newness), key)

    def remove(self, key: int) -> None:
        """Forget a story, if it is known."""
        fact = self._facts.get(key)
        if fact is None:
            return
        self._counts = None
        for name in fact[3]:
            self._beside.pop(name, None)
            found = self._lists[name]
            if name in self._unsettled:
                found.remove(key)
            else:
                place = bisect_left(found, self.newness(key), key=self.newness)
                del found[found.index(key, place)]
            if not found:
                del self._lists[name]
        del self._facts[key]
        if self.keys.get(fact[0]) == key:
            del self.keys[fact[0]]

    def settle(self) -> None:
        """Put in order what was added in bulk."""
        for name in self._unsettled & self._lists.keys():
            self._lists[name] = array("q", sorted(self._lists[name], key=self.newness))
        self._unsettled.clear()

    def newness(self, key: int) -> tuple[str, int]:
        """Greater = newer: by edition, and within one its first story is the newest."""
        fact = self._facts[key]
        return fact[1], -fact[2]

    def newest(self, name: str, offset: int, limit: int) -> tuple[list[int], int]:
        """A slice of one list, newest first, and the length of the list."""
        found = self._lists.get(name)
        if found is None:
            return [], 0
        total = len(found)
        end = max(0, total - max(0, offset))
        return found[max(0, end - max(0, limit)) : end].tolist()[::-1], total

    def length(self, name: str) -> int:
        """How many stories are on a list."""
        return len(self._lists.get(name, ()))

    def counts(self) -> dict[str, int]:
        """The length of every company's list."""
        if self._counts is None:
            self._counts = {name: len(found) for name, found in self._lists.items() if name != APPS}
        return self._counts.copy()

    def union(self, names: Iterable[str]) -> list[int]:
        """Keys on any of these lists, each once, newest first."""
        keys = {key for name in names for key in self._lists.get(name, ())}
        return sorted(keys, key=self.newness, reverse=True)

    def shared(self, names: Collection[str]) -> list[int]:
        """Keys on all of these lists, newest first."""
        lists = sorted((self._lists.get(name, ()) for name in names), key=len)
        keys = set(lists[0]).intersection(*lists[1:]) if lists else set()
        return sorted(keys, key=self.newness, reverse=True)

    def beside(self, name: str) -> dict[str, tuple[int, str]]:
        """Of each other list that has stories of this one: how many, and the newest's id.

        Counted once for a name that is asked for; stories that come later are added to it.
        """
        neighbours = self._beside.get(name)
        if neighbours is None:
            neighbours = self._beside[name] = {}
            for key in self._lists.get(name, ()):  # oldest first: the last one stays
                for other in self._others(key, name):
                    neighbours[other] = (neighbours.get(other, (0, 0))[0] + 1, key)
        return {other: (count, self._facts[newest][0]) for other, (count, newest) in neighbours.items()}

    def _others(self, key: int, name: str) -> Iterator[str]:
        return (other for other in self._facts[key][3] if other not in (name, APPS))

    def filtered(self, companies: Collection[str], first: str, last: str) -> Callable[[int], bool] | None:
        """What tells whether a story is about one of `companies` and from `first` to `last`; None = all are.

        See Library.search for the bounds.
        """
        if not (companies or first or last):
            return None
        wanted = frozenset(companies)
        within = span_of(first, last)

        def lets(key: int) -> bool:
            fact = self._facts.get(key)
            if fact is None or (wanted and wanted.isdisjoint(fact[3])):
                return False
            return within(fact[1], fact[4])

        return lets

    def _once(self, value: _T) -> _T:
        return cast("_T", self._same.setdefault(value, value))


def span_of(first: str, last: str) -> Callable[[str, str], bool]:
    """Whether a story of (edition, day) lies between two bounds, each a day, a week or ""."""

    @cache
    def after(edition: str, day: str) -> bool:
        if not first:
            return True
        return edition >= first if _WEEK.match(first) else (day or _week_day(edition, 7)) >= first

    @cache
    def before(edition: str, day: str) -> bool:
        if not last:
            return True
        if week := _WEEK.match(last):
            # A bare week holds its editions with a suffix, too.
            return edition[: len(last)] <= last if week.end() == len(last) else edition <= last
        return (day or _week_day(edition, 1)) <= last

    return lambda edition, day: after(edition, day) and before(edition, day)


@cache
def _week_day(edition: str, weekday: int) -> str:
    """The Monday (1) or Sunday (7) of an edition's week; "" when its id names none."""
    match = _WEEK.match(edition)
    if match is None:
        return ""
    try:
        return date.fromisocalendar(int(match[1]), int(match[2]), weekday).isoformat()
    except ValueError:
        return ""
