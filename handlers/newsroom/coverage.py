"""Coverage: one story as all who reported it tell it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from handlers.amounts import key_figures
from handlers.newsroom.understanding import outlet_of
from store.feeds import Entry
from store.model import Figure, Language


@dataclass(frozen=True)
class Coverage:
    """A story's entries in the order of arrival; `id` is the first one's."""

    id: str
    entries: tuple[Entry, ...]

    @cached_property
    def outlets(self) -> tuple[str, ...]:
        """Who reported it, each once, the first one first."""
        return tuple(dict.fromkeys(outlet_of(entry) for entry in self.entries))

    @cached_property
    def languages(self) -> frozenset[str]:
        return frozenset(entry.language for entry in self.entries)

    @cached_property
    def companies(self) -> tuple[str, ...]:
        """Companies that its entries name, those named by most entries first."""
        counts: defaultdict[str, int] = defaultdict(int)
        for entry in self.entries:
            for company in dict.fromkeys(m.company for m in entry.mentions):
                counts[company] += 1
        return tuple(sorted(counts, key=lambda company: -counts[company]))

    @cached_property
    def figures(self) -> tuple[Figure, ...]:
        """The figures that stand out, of all entries."""
        return key_figures([figure for entry in self.entries for figure in entry.figures])

    @property
    def newest(self) -> datetime:
        return max(_told_at(entry) for entry in self.entries)

    @property
    def oldest(self) -> datetime:
        return min(_told_at(entry) for entry in self.entries)

    def face(self, language: Language) -> Entry:
        """The entry that a reader of `language` is shown: in that language where there is one, naming
        the main company, with enough text, with figures, the earliest.
        """
        main = self.companies[0] if self.companies else ""
        return min(
            self.entries,
            key=lambda e: (
                e.language != language,
                not e.url,
                bool(main) and main not in {m.company for m in e.mentions},
                len(e.text) < _ENOUGH,
                not e.figures,
                _told_at(e),
                int(e.id),
            ),
        )


_ENOUGH = 60  # characters of text that can carry two sentences


def coverages(entries: Iterable[Entry], story_of: Mapping[str, str]) -> tuple[Coverage, ...]:
    """The stories of these entries, in the order in which they were first told."""
    told: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        told[story_of.get(entry.id, entry.id)].append(entry)
    return tuple(coverage(story, found) for story, found in told.items())


def coverage(story: str, entries: Iterable[Entry]) -> Coverage:
    """One story, with its entries in the order of their arrival."""
    return Coverage(story, tuple(sorted(entries, key=lambda entry: int(entry.id))))


def _told_at(entry: Entry) -> datetime:
    return entry.published or entry.seen_at
