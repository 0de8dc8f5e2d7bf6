"""When a chat is pushed: weekly slots on a wall clock, in the chat's own zone.

There is one slot in every ISO week. A wall time that a zone skips (spring forward, or a whole
day as in Samoa 2011) is the first moment after the gap, unless that is already in the next
ISO week: then the last whole minute before the gap. A wall time that happens twice is its first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import islice
from zoneinfo import ZoneInfo

from handlers.schedule_words import parse_schedule
from store.model import Language, Schedule

__all__ = [
    "iso_week",
    "latest_slot",
    "next_slot",
    "next_slots",
    "parse_schedule",
    "schedule_text",
    "slot_in_week",
    "week_of",
]

_WEEK = timedelta(days=7)
_MINUTE = timedelta(minutes=1)
_KEPT = 4096  # answers remembered: most chats of a push have the same schedule, or one of a few


def iso_week(day: date) -> str:
    """ "2017-W47"; sorts as text."""
    year, week, _ = day.isocalendar()
    return f"{year:04d}-W{week:02d}"


@lru_cache(_KEPT)
def week_of(moment: datetime, zone: str) -> str:
    """The ISO week of the local date in `zone` at `moment`."""
    return iso_week(moment.astimezone(ZoneInfo(zone)).date())


def _gap_end(wall: datetime, zone: ZoneInfo) -> datetime:
    """The first moment (UTC) after the gap that swallows the naive `wall`."""
    before = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    after = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    old = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=int((after - before).total_seconds()) // 2)
        if middle.astimezone(zone).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after


def _moment(wall: datetime, zone: ZoneInfo) -> datetime:
    """The naive local `wall` as UTC, by the rules at the top of this file."""
    moment = wall.replace(tzinfo=zone).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == wall:
        return moment
    end = _gap_end(wall, zone)
    if iso_week(end.astimezone(zone).date()) == iso_week(wall.date()):
        return end
    return (end - timedelta(microseconds=1)).replace(second=0, microsecond=0)


def slot_in_week(schedule: Schedule, monday: date) -> datetime:
    """The slot (UTC) of the ISO week that starts on `monday`."""
    day = monday + timedelta(days=schedule.weekday)
    wall = datetime.combine(day, time(schedule.hour, schedule.minute))
    return _moment(wall, ZoneInfo(schedule.zone))


def _monday(moment: datetime, zone: str) -> date:
    day = moment.astimezone(ZoneInfo(zone)).date()
    return day - timedelta(days=day.weekday())


def _slots(schedule: Schedule, first: date) -> Iterator[datetime]:
    while True:
        yield slot_in_week(schedule, first)
        first += _WEEK


def _upcoming(schedule: Schedule, after: datetime, after_week: str) -> Iterator[datetime]:
    first = _monday(after, schedule.zone)
    if after_week:
        first = max(first, date.fromisoformat(after_week[:8]) + _WEEK)
    return (slot for slot in _slots(schedule, first) if slot > after)


@lru_cache(_KEPT)
def next_slot(schedule: Schedule, *, after: datetime, after_week: str = "") -> datetime:
    """The first slot (UTC) later than `after` whose ISO week, in the zone, is later than `after_week`."""
    return next(_upcoming(schedule, after, after_week))


def next_slots(
    schedule: Schedule, *, after: datetime, after_week: str = "", count: int = 3
) -> tuple[datetime, ...]:
    """The next `count` slots, as next_slot finds the first."""
    return tuple(islice(_upcoming(schedule, after, after_week), count))


@lru_cache(_KEPT)
def latest_slot(schedule: Schedule, *, at: datetime) -> datetime:
    """The last slot (UTC) that is not later than `at`."""
    monday = _monday(at, schedule.zone)
    this = slot_in_week(schedule, monday)
    return this if this <= at else slot_in_week(schedule, monday - _WEEK)


def schedule_text(schedule: Schedule, language: Language) -> str:
    """The schedule as a phrase ("every Monday at 09:00 (Asia/Seoul)")."""
    from handlers.dates import weekday_name
    from handlers.words import say

    return say(
        "schedule.text",
        language,
        weekday=weekday_name(schedule.weekday, language),
        time=f"{schedule.hour:02d}:{schedule.minute:02d}",
        zone=schedule.zone,
    )


def faults(zone: str, *, first: date, weeks: int, wall: Schedule) -> tuple[str, ...]:
    """What is wrong with `weeks` slots of a zone from the week of `first`; empty when all is well.

    Every ISO week must hold exactly one slot, later than the one before, on the wall time asked
    for unless the zone skips it. Slow over all zones: the tests take a sample, the chaos run all.
    """
    schedule = replace(wall, zone=zone)
    found: list[str] = []
    monday = first - timedelta(days=first.weekday())
    moment = slot_in_week(schedule, monday)
    for _ in range(weeks):
        week = iso_week(monday)
        if week_of(moment, zone) != week:
            found.append(f"{zone} {week}: the slot is in {week_of(moment, zone)}")
        following = next_slot(schedule, after=moment)
        if following != next_slot(schedule, after=moment - _MINUTE, after_week=week):
            found.append(f"{zone} {week}: two ways to the next slot disagree")
        if following <= moment or week_of(following, zone) != iso_week(monday + _WEEK):
            found.append(f"{zone} {week}: the next slot is {following.isoformat()}")
        monday, moment = monday + _WEEK, following
    return tuple(found)
