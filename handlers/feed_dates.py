"""Dates as feeds print them, in UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_HOURS = {
    "ut": 0,
    "utc": 0,
    "gmt": 0,
    "z": 0,
    "est": -5,
    "edt": -4,
    "cst": -6,
    "cdt": -5,
    "mst": -7,
    "mdt": -6,
    "pst": -8,
    "pdt": -7,
    "kst": 9,
    "jst": 9,
    "hkt": 8,
    "cet": 1,
    "cest": 2,
    "bst": 1,
    "msk": 3,
}

_MAIL = re.compile(
    r"(?:[^\W\d]{2,12}\.?,?\s{1,3})?(\d{1,2})[\s-]{1,3}([A-Za-z]{3})[a-z]{0,6}\.?,?[\s-]{1,3}(\d{4}|\d\d)"
    r"(?:,?\s{1,3}(\d{1,2}):(\d\d)(?::(\d\d)(?:\.\d{1,9})?)?\s{0,3}(.{0,40}))?",
    re.ASCII,
)
_ISO = re.compile(
    r"(\d{4})[-./](\d{1,2})[-./](\d{1,2})\.?"
    r"(?:[T\s]{1,3}(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,]\d{1,9})?)?\s{0,3}(.{0,40}))?",
    re.ASCII,
)
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T?(\d\d)(\d\d)(\d\d)?(.{0,10}))?", re.ASCII)
_OFFSET = re.compile(r"(?:GMT|UTC)?\s{0,2}([+-])(\d\d):?(\d\d)?", re.IGNORECASE)


@lru_cache(maxsize=512)
def date_of(text: str, zone: str = "UTC") -> datetime | None:
    """The time that a date says, None where it says none that we can read.

    `zone` is the IANA zone of dates without one. A day without a time is its midnight there.
    """
    text = text.strip()[:100]
    found = _MAIL.match(text)
    if found:
        month = found[2].lower()
        parts = (found[3], str(_MONTHS.index(month) + 1), found[1]) if month in _MONTHS else None
    else:
        found = _ISO.match(text) or _COMPACT.fullmatch(text)
        parts = (found[1], found[2], found[3]) if found else None
    if not found or not parts:
        return None
    year = int(parts[0])
    if year < 100:
        year += 2000 if year < 70 else 1900
    hour, minute, second = (int(found[place] or 0) for place in (4, 5, 6))
    offset = _offset(found[7] or "", zone)
    try:
        day = datetime(year, int(parts[1]), int(parts[2]), tzinfo=offset)
        local = day + timedelta(hours=hour, minutes=minute, seconds=min(second, 59))
        return local.astimezone(UTC) if hour <= 24 and minute < 60 else None
    except (ValueError, OverflowError):
        return None


def sane(found: datetime | None, now: datetime) -> datetime | None:
    """The date, if news can have it: from 1990 to two days ahead of `now`."""
    if found is None or found.year < 1990 or found > now + timedelta(days=2):
        return None
    return found


def _offset(text: str, zone: str) -> timezone | ZoneInfo:
    text = text.strip()
    found = _OFFSET.match(text)
    if found:
        minutes = int(found[2]) * 60 + int(found[3] or 0)
        return (
            timezone(timedelta(minutes=-minutes if found[1] == "-" else minutes)) if minutes < 1440 else UTC
        )
    word = re.match(r"[A-Za-z]{1,5}", text)
    if word and word[0].lower() in _HOURS:
        return timezone(timedelta(hours=_HOURS[word[0].lower()]))
    return _zone(zone)


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo | timezone:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC
