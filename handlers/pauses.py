"""How long a pause lasts: "2w", "3주", "两周", "until 2026-12-01", "12월 1일까지"."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from handlers.errors import Refusal

LONGEST = timedelta(days=366)

_COUNTS = {
    "a": 1, "one": 1, "two": 2, "three": 3, "four": 4,
    "한": 1, "두": 2, "세": 3, "네": 4, "일": 1, "이": 2, "삼": 3, "사": 4,
    "一": 1, "两": 2, "兩": 2, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6,
}  # fmt: skip
_DAYS = {
    "d": 1, "day": 1, "days": 1, "일": 1, "일간": 1, "天": 1, "日": 1,
    "w": 7, "wk": 7, "week": 7, "weeks": 7, "주": 7, "주일": 7, "주간": 7, "周": 7, "週": 7,
    "星期": 7, "个星期": 7, "礼拜": 7, "个礼拜": 7,
    "mo": 30, "month": 30, "months": 30, "달": 30, "개월": 30, "个月": 30, "月": 30,
}  # fmt: skip

_UNTIL = re.compile(r"^(until|till|to|直到|到|至)\s*|\s*(까지|为止|止)$", re.IGNORECASE)
_FULL_DATE = re.compile(r"(\d{4})\s*[-./년年]\s*(\d{1,2})\s*[-./월月]\s*(\d{1,2})\s*[일日号.]?")
_SHORT_DATE = re.compile(r"(\d{1,2})\s*[월月]\s*(\d{1,2})\s*[일日号]")
_LENGTH = re.compile(rf"(\d{{1,4}}|{'|'.join(_COUNTS)})\s*({'|'.join(sorted(_DAYS, key=len, reverse=True))})")


def pause_end(text: str, *, zone: str, now: datetime) -> datetime | None:
    """The moment (UTC) a pause ends; None for an empty text: until somebody resumes.

    A length counts from now; a date ends at that day's midnight in `zone`, and one without a
    year is the next such day. Raises Refusal("pause.bad_length" | "pause.in_the_past" |
    "pause.too_long"), which name what was typed and an example.
    """
    words = " ".join(text.split()).lower()
    if not words:
        return None
    until = _length(words, now) or _date(_UNTIL.sub("", words), zone, now)
    if until is None:
        raise Refusal("pause.bad_length", found=text[:40])
    if until <= now:
        raise Refusal("pause.in_the_past", found=text[:40])
    if until - now > LONGEST:
        raise Refusal("pause.too_long", found=text[:40])
    return until


def _length(words: str, now: datetime) -> datetime | None:
    match = _LENGTH.fullmatch(words.removesuffix("동안").rstrip())
    if match is None:
        return None
    count = int(match[1]) if match[1].isdecimal() else _COUNTS[match[1]]
    return now + timedelta(days=count * _DAYS[match[2]])


def _date(words: str, zone: str, now: datetime) -> datetime | None:
    here = ZoneInfo(zone)
    today = now.astimezone(here).date()
    try:
        if full := _FULL_DATE.fullmatch(words):
            day = date(int(full[1]), int(full[2]), int(full[3]))
        elif short := _SHORT_DATE.fullmatch(words):
            day = date(today.year, int(short[1]), int(short[2]))
            day = day if day > today else date(today.year + 1, day.month, day.day)
        else:
            return None
        return datetime.combine(day, time(), here).astimezone(UTC)
    except (ValueError, OverflowError):  # 31 February, the year 0, year 1 east of Greenwich
        return None
