"""Editions: which one a person means by a number, a week, a date or an id."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from handlers.dates import monday_of, nth_thursday
from store.bundle import Store
from store.library import Library
from store.model import Edition

_NUMBER = re.compile(r"(?:제|第|no\.?|#|issue)?\s*(\d{1,6})\s*(?:호|期|번)?", re.IGNORECASE)
_ID = re.compile(r"(\d{4})-?w(\d{1,2})(-[0-9a-z]+)?", re.IGNORECASE)
_DATE = re.compile(r"(\d{4})\s*[-./年년]\s*(\d{1,2})\s*[-./月월]\s*(\d{1,2})\s*[日일]?\.?")
_MONTH_WEEK = re.compile(
    r"(?:(?P<year>\d{4})\s*[-./年년]?\s*)?(?P<month>\d{1,2})\s*[月월]\s*(?:의\s*)?第?(?P<nth>\S{1,3}?)\s*(?:번째|째)?\s*(?:주차?|周|週)"
)
_ENGLISH_WEEK = re.compile(
    r"(?P<nth>\w+)\s+week\s+(?:of|in)\s+(?P<month>[a-z]{3})[a-z]*\.?,?(?:\s+(?P<year>\d{4}))?", re.IGNORECASE
)
_NTH = {
    **dict.fromkeys(("1", "첫", "첫째", "첫번", "一", "1st", "first"), 1),
    **dict.fromkeys(("2", "둘", "둘째", "두", "二", "2nd", "second"), 2),
    **dict.fromkeys(("3", "셋", "셋째", "세", "三", "3rd", "third"), 3),
    **dict.fromkeys(("4", "넷", "넷째", "네", "四", "4th", "fourth"), 4),
    **dict.fromkeys(("5", "다섯", "다섯째", "五", "5th", "fifth"), 5),
    **dict.fromkeys(("마지막", "last"), 0),
}
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_STEP = 50


@dataclass(frozen=True, slots=True)
class Around:
    """The editions next to one: `earlier` and `later`, None at the ends."""

    earlier: Edition | None
    later: Edition | None


def newest(store: Store) -> Edition | None:
    """The edition of the latest week; None while there is none."""
    return next(iter(store.library.editions(limit=1)), None)


def find_edition(text: str, store: Store) -> Edition | None:
    """ "8", "8호", "2017-W47", "2017-w47-b", "2017-11-22", "2017년 11월 넷째 주"; None when there
    is none such. A week without a year is the latest that has an edition.
    """
    text = " ".join(text.split())
    if match := _NUMBER.fullmatch(text):
        return store.library.edition_by_number(int(match[1]))
    if match := _ID.fullmatch(text):
        return _of_week(f"{match[1]}-W{int(match[2]):02}", (match[3] or "").lower(), store.library)
    if match := _DATE.fullmatch(text):
        week = _week_of_date(int(match[1]), int(match[2]), int(match[3]))
        return _of_week(week, "", store.library) if week else None
    return _by_month_week(text, store)


def around(edition: Edition, store: Store) -> Around:
    """The editions right before and right after this one."""
    later: Edition | None = None
    found = False
    for each in _newest_first(store.library):
        if found:
            return Around(each, later)
        if each.id == edition.id:
            found = True
        else:
            later = each
    return Around(None, later if found else None)


def _of_week(week: str, suffix: str, library: Library) -> Edition | None:
    """The edition of this id; for a bare week also one with a suffix."""
    exact = library.edition(week + suffix)
    if exact is not None or suffix:
        return exact
    for each in _newest_first(library):
        if each.id.startswith(f"{week}-"):
            return each
        if each.id < week:
            return None
    return None


def _by_month_week(text: str, store: Store) -> Edition | None:
    match = _MONTH_WEEK.fullmatch(text)
    if match:
        month = int(match["month"])
    elif match := _ENGLISH_WEEK.fullmatch(text):
        name = match["month"].lower()
        month = _MONTHS.index(name) + 1 if name in _MONTHS else 0
    nth = _NTH.get(match["nth"].lower()) if match else None
    if match is None or nth is None or not 1 <= month <= 12:
        return None
    for year in [int(match["year"])] if match["year"] else _years(store.library):
        week = _week_of_month(year, month, nth)
        if week and (edition := _of_week(week, "", store.library)):
            return edition
    return None


def _years(library: Library) -> list[int]:
    """Years of editions, the latest first."""
    mondays = (monday_of(each.id) for each in _newest_first(library))
    return list(
        dict.fromkeys(year for monday in mondays if monday for year in (monday.year + 1, monday.year))
    )


def _week_of_date(year: int, month: int, day: int) -> str | None:
    try:
        iso = date(year, month, day).isocalendar()
    except ValueError:
        return None
    return f"{iso.year}-W{iso.week:02}"


def _week_of_month(year: int, month: int, nth: int) -> str | None:
    """The ISO week of a month's nth Thursday; nth 0 is the last."""
    if not 1 <= year <= 9998:
        return None
    days = [nth_thursday(year, month, nth)] if nth else [nth_thursday(year, month, n) for n in (5, 4)]
    thursday = next((day for day in days if day), None)
    return _week_of_date(thursday.year, thursday.month, thursday.day) if thursday else None


def _newest_first(library: Library) -> Iterator[Edition]:
    offset = 0
    while batch := library.editions(offset=offset, limit=_STEP):
        yield from batch
        offset += len(batch)
