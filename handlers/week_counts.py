"""How many stories of each week name a company: the numbers behind /trend.

Counted are the stories of a week's editions that name the company or one of its products, each
once. A week that the store has no edition of is left out; it is no zero.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from handlers.dates import days_text, monday_of, short_day
from store.bundle import Store
from store.library import Library
from store.model import Company, Language, Story

_PAGE = 50
_WEEK = len("2017-W47")


@dataclass(frozen=True, slots=True)
class Count:
    """One company's stories for each week; `members` are those of its family that came up."""

    company: Company
    values: tuple[int, ...]
    members: tuple[str, ...]

    @property
    def peak(self) -> int:
        """The place of the week with the most stories, the latest of several."""
        return max(range(len(self.values)), key=lambda at: (self.values[at], at))


def known_weeks(library: Library, count: int) -> tuple[tuple[str, ...], bool]:
    """The newest weeks that have an edition, oldest first, and whether there are earlier ones."""
    weeks: list[str] = []
    offset = 0
    while page := library.editions(offset=offset, limit=_PAGE):
        offset += len(page)
        for edition in page:
            week = edition.id[:_WEEK]
            if week in weeks:
                continue
            if len(weeks) == count:
                return tuple(reversed(weeks)), True
            weeks.append(week)
    return tuple(reversed(weeks)), False


def counted(store: Store, company: Company, weeks: Sequence[str]) -> Count:
    """How many stories of each week name the company or what belongs to it."""
    found: dict[str, str] = {}
    members = []
    for member in store.catalogue.family(company.id) or (company.id,):
        about = {story.id: story.edition[:_WEEK] for story in _since(store.library, member, weeks[0])}
        if about:
            members.append(member)
        found |= about
    held = list(found.values())
    return Count(company, tuple(held.count(week) for week in weeks), tuple(members))


def _since(library: Library, company_id: str, week: str) -> Iterator[Story]:
    """Stories about a company, newest first, back to a week."""
    offset = 0
    while page := library.stories_about(company_id, offset=offset, limit=_PAGE).stories:
        offset += len(page)
        for story in page:
            if story.edition[:_WEEK] < week:
                return
            yield story


def span_text(weeks: Sequence[str], language: Language) -> str:
    """From the Monday of the first week to the Sunday of the last."""
    begin, end = monday_of(weeks[0]), monday_of(weeks[-1])
    if begin is None or end is None:
        return "–".join(dict.fromkeys((weeks[0], weeks[-1])))
    return days_text(begin, end + timedelta(days=6), language)


def day_text(week: str, language: Language) -> str:
    monday = monday_of(week)
    return week if monday is None else short_day(monday, language)


def breaks(weeks: Sequence[str]) -> frozenset[int]:
    """Places of weeks that do not follow right after the one before."""
    mondays = [monday_of(week) for week in weeks]
    return frozenset(
        at
        for at in range(1, len(weeks))
        if (now := mondays[at]) and (before := mondays[at - 1]) and now - before != timedelta(days=7)
    )
