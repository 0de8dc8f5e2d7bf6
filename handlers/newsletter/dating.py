"""When an issue came out and which number it bears, from what its header and addresses print."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

_YEARS = (1995, 2099)
_ORDINALS = {
    "첫": 1, "첫째": 1, "첫번째": 1, "둘째": 2, "두번째": 2, "셋째": 3, "세번째": 3, "넷째": 4, "네번째": 4,
    "다섯째": 5, "다섯번째": 5, "一": 1, "二": 2, "三": 3, "四": 4, "五": 5,
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5,
}  # fmt: skip
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = rf"(?P<name>{'|'.join(_MONTHS)})[a-z]*\.?"

_WEEK_OF_MONTH = (
    re.compile(
        r"(?:(?P<year>20\d\d)\s?년\s?)?(?<!\d)(?P<month>1[0-2]|0?[1-9])\s?월\s?(?:제\s?)?"
        r"(?:(?P<digit>[1-5])\s?주|(?P<word>첫\s?번째|두\s?번째|세\s?번째|네\s?번째|다섯\s?번째|첫째|둘째|셋째|넷째|다섯째|첫)\s?주)"
    ),
    re.compile(
        r"(?:(?P<year>20\d\d)\s?年\s?)?(?<!\d)(?P<month>1[0-2]|0?[1-9])\s?月\s?第\s?(?P<word>[一二三四五])\s?[周週]"
    ),
    re.compile(
        rf"(?P<word>first|second|third|fourth|fifth)\s+week\s+of\s+{_MONTH}(?:,?\s+(?P<year>20\d\d))?",
        re.IGNORECASE,
    ),
)
_ISO_WEEK = re.compile(r"(?<!\d)(20\d\d)-?W(0[1-9]|[1-4]\d|5[0-3])(?!\d)")
_YMD = (
    re.compile(r"(?<!\d)(20\d\d)\s?[년年]\s?(1[0-2]|0?[1-9])\s?[월月]\s?(3[01]|[12]\d|0?[1-9])\s?[일日号]"),
    re.compile(r"(?<!\d)(20\d\d)\s?[-./]\s?(1[0-2]|0?[1-9])\s?[-./]\s?(3[01]|[12]\d|0?[1-9])(?!\d)"),
    re.compile(r"(?<!\d)(20\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?!\d)"),
    re.compile(r"(?<!\d)(\d\d)[./](1[0-2]|0[1-9])[./](3[01]|[12]\d|0[1-9])(?!\d)"),
)
_SIX_DIGITS = re.compile(r"(?:^|(?<=[\[(（]))(\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?![\d.,])")
_DAY_MONTH = re.compile(
    rf"(?<!\d)(?P<day>3[01]|[12]\d|0?[1-9])\s+{_MONTH},?\s+(?P<year>20\d\d)(?!\d)", re.IGNORECASE
)
_MONTH_DAY = re.compile(
    rf"\b{_MONTH}\s+(?P<day>3[01]|[12]\d|0?[1-9]),?\s+(?P<year>20\d\d)(?!\d)", re.IGNORECASE
)

_URL_DATES = (
    re.compile(r"(?<![\d.])(20\d\d)[-/._]?(0[1-9]|1[0-2])[-/._]?(0[1-9]|[12]\d|3[01])(?!\d)"),
    re.compile(r"/(\d\d)/(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])/"),
    re.compile(r"/(20\d\d)/(1[0-2]|[1-9])/(3[01]|[12]\d|[1-9])(?!\d)"),
)
_URL_MONTH = re.compile(r"(?<!\d)(20\d\d)[-/]?(0[1-9]|1[0-2])(?!\d)")

_NUMBERS = (
    re.compile(
        r"\b(?:issue|vol(?:ume)?\.?|no\.?|number|edition|episode)\s{0,2}#?\s?(\d{1,5})(?![\d.])",
        re.IGNORECASE,
    ),
    re.compile(r"제\s?(\d{1,5})\s?(?:호|회|화|편)|(?<![\d년월일])(\d{1,5})\s?(?:호|회차)(?![가-힣])"),
    re.compile(r"第\s?(\d{1,5})\s?[期号回]"),
    re.compile(r"(?:^|[\])】|:]|\s)#(\d{1,5})(?![\d\w])"),
    re.compile(r"(?:^|[\])】])\s{0,3}(\d{1,4})\s?[.)](?![\d])\s?(?=\S)"),
)


def _day(year: int, month: int, day: int) -> date | None:
    year = year + 2000 if year < 100 else year
    try:
        found = date(year, month, day)
    except ValueError:
        return None
    return found if _YEARS[0] <= year <= _YEARS[1] else None


def iso_week(day: date) -> str:
    """The ISO week a day lies in: "2017-W47"."""
    year, week, _ = day.isocalendar()
    return f"{year:04d}-W{week:02d}"


def date_in(text: str) -> date | None:
    """The first full date that a title or a file name prints."""
    return next(_dates(text, (*_YMD, _SIX_DIGITS)), None)


def dates_in(text: str) -> tuple[date, ...]:
    """Every full date that running text prints, year included."""
    return tuple(_dates(text, _YMD[:3]))


def _dates(text: str, patterns: Sequence[re.Pattern[str]]) -> Iterator[date]:
    for pattern in patterns:
        for found in pattern.finditer(text):
            if day := _day(*(int(part) for part in found.groups())):
                yield day
    for pattern in (_DAY_MONTH, _MONTH_DAY):
        for found in pattern.finditer(text):
            month = _MONTHS.index(found["name"].lower()) + 1
            if day := _day(int(found["year"]), month, int(found["day"])):
                yield day


def date_in_url(url: str | None) -> date | None:
    """The day that an address carries in its path or query, as most news sites print it."""
    for pattern in _URL_DATES if url else ():
        for found in pattern.finditer(url or ""):
            day = _day(*(int(part) for part in found.groups()))
            if day:
                return day
    return None


def _month_in_url(url: str) -> date | None:
    found = _URL_MONTH.search(url)
    return _day(int(found[1]), int(found[2]), 15) if found else None


def nth_week(year: int, month: int, nth: int) -> date | None:
    """The Thursday of a month's nth week.

    A week belongs to the month that holds its Thursday (ISO 8601, KS X ISO 8601), so the
    fourth week of November 2017 is that of Thursday the 23rd.
    """
    offset = (3 - date(year, month, 1).weekday()) % 7
    return _day(year, month, 1 + offset + 7 * (nth - 1))


def _week_of_month(text: str, hints: Sequence[date]) -> date | None:
    for pattern in _WEEK_OF_MONTH:
        found = pattern.search(text)
        if not found:
            continue
        groups = found.groupdict()
        word = re.sub(r"\s", "", groups.get("word") or "").lower()
        nth = int(groups["digit"]) if groups.get("digit") else _ORDINALS[word]
        name = groups.get("name")
        month = _MONTHS.index(name.lower()) + 1 if name else int(groups["month"] or 0)
        years = [int(groups["year"])] if groups.get("year") else _years_near(hints)
        weeks = [week for year in years if (week := nth_week(year, month, nth))]
        if weeks:
            return min(weeks, key=lambda week: abs((week - hints[-1]).days) if hints else 0)
    return None


def _years_near(hints: Sequence[date]) -> list[int]:
    return [hints[-1].year + step for step in (-1, 0, 1)] if hints else []


def week_of(header: Iterable[str], name: str, urls: Iterable[str]) -> str | None:
    """The ISO week of an issue, or None.

    `header` are the lines above the first item, `name` the file's, `urls` the sources. A date
    or a week that is printed wins; a month's nth week without a year takes the year that lies
    nearest to the newest source; without any of these the newest source decides.
    """
    urls = list(urls)
    days = sorted(day for url in urls if (day := date_in_url(url)))
    hints = days or sorted(day for url in urls if (day := _month_in_url(url)))
    for text in (*header, name):
        iso = _ISO_WEEK.search(text)
        if iso and _valid(iso):
            return f"{iso[1]}-W{iso[2]}"
        day = date_in(text) or _week_of_month(text, hints)
        if day:
            return iso_week(day)
    return iso_week(days[-1]) if days else None


def _valid(iso: re.Match[str]) -> bool:
    try:
        date.fromisocalendar(int(iso[1]), int(iso[2]), 1)
    except ValueError:
        return False
    return True


def number_in(text: str) -> int | None:
    """The number that a title line gives the issue."""
    for pattern in _NUMBERS:
        found = pattern.search(text)
        if found:
            return int(next(part for part in found.groups() if part))
    return None


def is_issue_line(text: str) -> bool:
    """Whether a short line names an issue: it prints a number, a date or a month's week."""
    if len(text) > 160:
        return False
    hints = (date(2020, 1, 1),)  # any year will do to see that a week is named
    return bool(
        number_in(text) is not None or date_in(text) or _week_of_month(text, hints) or _ISO_WEEK.search(text)
    )
