"""Dates and times as a reader of each language writes them. Babel is imported at first use."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from handlers.words import say
from store.model import Edition, Language, Story

_DAY = {"ko": "y년 M월 d일", "en": "d MMM y", "zh": "y年M月d日"}
_SHORT = {"ko": "M월 d일", "en": "d MMM", "zh": "M月d日"}
_MOMENT = {"ko": "M월 d일(EEE) HH:mm", "en": "EEE d MMM, HH:mm", "zh": "M月d日EEE HH:mm"}
_ORDINALS = ("first", "second", "third", "fourth", "fifth")
_WEEK = re.compile(r"(\d{4})-W(\d{2})")


def day(moment: datetime, language: Language, zone: str = "UTC") -> str:
    """2017년 11월 22일, 22 Nov 2017, 2017年11月22日: the day of `moment` in `zone`."""
    return _format(moment.astimezone(ZoneInfo(zone)).date(), _DAY[language], language)


def moment_text(moment: datetime, language: Language, zone: str) -> str:
    """11월 20일(월) 09:00 KST: the moment in `zone`, to the minute, with the zone's name."""
    from babel.dates import format_datetime

    local = moment.astimezone(ZoneInfo(zone))
    return f"{format_datetime(local, _MOMENT[language], locale=language)} {_zone_name(local)}"


def weekday_name(weekday: int, language: Language) -> str:
    """월요일, Monday, 星期一: 0 is Monday."""
    from babel.dates import get_day_names

    return str(get_day_names("wide", locale=language)[weekday])


def monday_of(week: str) -> date | None:
    """The Monday of an edition's week ("2017-W47", "2017-W47-b"); None when it is no ISO week."""
    match = _WEEK.match(week)
    if match is None:
        return None
    try:
        return date.fromisocalendar(int(match[1]), int(match[2]), 1)
    except ValueError:
        return None


def week_dates(week: str, language: Language) -> str:
    """The days of a week, from Monday to Sunday; `week` itself when it is no ISO week."""
    monday = monday_of(week)
    return week if monday is None else days_text(monday, monday + timedelta(days=6), language)


def days_text(first: date, last: date, language: Language) -> str:
    """From one day to another: 2017년 11월 20일–26일, 20–26 Nov 2017; what they share is said once."""
    whole = _DAY[language]
    if first.year != last.year:
        begin = end = whole
    elif language == "en":
        begin, end = ("d" if first.month == last.month else "d MMM"), whole
    else:
        begin, end = whole, whole[whole.index("d" if first.month == last.month else "M") :]
    return f"{_format(first, begin, language)}–{_format(last, end, language)}"


def short_day(moment: date, language: Language) -> str:
    """11월 20일, 20 Nov, 11月20日: a day where the year is plain."""
    return _format(moment, _SHORT[language], language)


def nth_thursday(year: int, month: int, nth: int) -> date | None:
    """The Thursday that a month's nth week holds: a week belongs to the month of its Thursday.

    None when the month has no such week.
    """
    first = date(year, month, 1)
    found = first + timedelta(days=(3 - first.weekday()) % 7 + 7 * (nth - 1))
    return found if found.month == month and nth >= 1 else None


def week_text(week: str, language: Language) -> str:
    """2017년 11월 넷째 주: a week by its place in the month of its Thursday."""
    monday = monday_of(week)
    if monday is None:
        return week
    thursday = monday + timedelta(days=3)
    nth = say(f"date.{_ORDINALS[(thursday.day - 1) // 7]}", language)
    month = _format(thursday, "MMMM", language) if language == "en" else thursday.month
    return say("date.week", language, year=str(thursday.year), month=month, nth=nth)


def edition_name(edition: Edition, language: Language) -> str:
    """How an edition is called: by its number, else by its week."""
    if edition.number is not None:
        return say("lookup.numbered", language, number=edition.number)
    return week_text(edition.id, language)


def story_day(story: Story, edition: Edition | None, language: Language) -> str:
    """When a story is from: its source's day and its edition, or the edition's week."""
    if edition is None:
        return day(story.published, language) if story.published else story.edition
    if story.published is None:
        if edition.number is None:
            return week_text(edition.id, language)
        return say(
            "lookup.edition_day",
            language,
            edition=edition_name(edition, language),
            day=week_text(edition.id, language),
        )
    return say(
        "lookup.edition_day",
        language,
        edition=edition_name(edition, language),
        day=day(story.published, language),
    )


def _format(moment: date, pattern: str, language: Language) -> str:
    from babel.dates import format_date

    return str(format_date(moment, pattern, locale=language))


def _zone_name(local: datetime) -> str:
    """KST where the zone has such letters, else its offset: UTC+07:00."""
    name = local.tzname() or ""
    if name.isalpha():
        return name
    offset = local.strftime("%z")
    return f"UTC{offset[:3]}:{offset[3:5]}"
