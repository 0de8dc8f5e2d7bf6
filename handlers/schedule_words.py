"""Reading a schedule as people type it, in Korean, English and Chinese.

"mon 09:00 Asia/Seoul", "월요일 오전 9시 반", "周一 9点", "tue 7pm new york", "9:30", "서울": what is
not named is kept. The first piece that cannot be read is refused by name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from difflib import SequenceMatcher
from functools import cache
from zoneinfo import available_timezones

from rapidfuzz import fuzz, process

from handlers.cities import by_spelling
from handlers.errors import Refusal
from store.model import Schedule
from store.spelling import jamo

EXAMPLE = "/schedule mon 09:00 Asia/Seoul"

_ENGLISH_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SHORT_DAYS = {"mon": 0, "tue": 1, "tues": 1, "wed": 2, "weds": 2, "thu": 3, "thur": 3, "thurs": 3}
_SHORT_DAYS |= {"fri": 4, "sat": 5, "sun": 6}
_DAYS = {name: day for day, name in enumerate(_ENGLISH_DAYS)} | _SHORT_DAYS
_KOREAN_DAYS = "월화수목금토일"
_CHINESE_DAYS = {"一": 0, "二": 1, "三": 2, "四": 3, "五": 4, "六": 5, "日": 6, "天": 6}

_WEEKDAY = re.compile(
    r"(?P<en>[a-z]+?)s?(?![a-z/_])"
    r"|(?P<ko>[월화수목금토일])(?:요일|욜)?(?:마다|날|에)?(?![가-힣]*[가-힣]/)(?=[\s,\d]|$|오전|오후|아침|새벽|저녁|밤|정오|자정)"
    r"|(?:周|週|星期|礼拜|禮拜)(?P<zh>[一二三四五六日天])",
    re.IGNORECASE,
)

_MORNING = ("오전", "아침", "새벽", "上午", "早上", "早晨", "清晨", "凌晨", "am", "a.m.")
_EVENING = ("오후", "저녁", "낮", "下午", "傍晚", "中午", "pm", "p.m.")
_NIGHT = ("밤", "晚上", "夜里", "夜裡")
_PERIODS = "|".join(re.escape(word) for word in (*_MORNING, *_EVENING, *_NIGHT) if not word.isascii())
_NAMED = {"noon": 12, "정오": 12, "正午": 12, "midnight": 0, "자정": 0, "午夜": 0}

_TIME = re.compile(
    rf"(?P<before>{_PERIODS})?\s*(?P<hour>\d{{1,2}})"
    r"(?:\s*(?:시|时|時|点|點)(?:\s*(?P<minute2>\d{1,2})\s*(?:분|分)|\s*(?P<half>반|半)|\s*(?:钟|鐘|整|정각))?에?"
    r"|\s*[:.]\s*(?P<minute>\d{2})|(?P<packed>\d{2}))?"
    r"(?:\s*(?P<after>[ap]\.?m\.?))?(?![\d:.+\-/a-z])",
    re.IGNORECASE,
)
_NAMED_TIME = re.compile("|".join(_NAMED), re.IGNORECASE)

_FILLER = re.compile(
    r"[\s,;·()]+|(?:every|each|week(?:ly)?|on|at|in|time)(?![a-z/_])"
    r"|매주|每(?=周|週|星期|礼拜|禮拜)|시간대|시간|时间|時間|에(?=\s|$)",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\s,;()]+")
_ZONE = re.compile(r"[A-Za-z][\w+\-]*(?:/[\w+\-]+)*")

_AREAS = ("Asia", "Europe", "America", "Africa", "Australia", "Pacific", "Atlantic", "Indian", "Antarctica")


@cache
def zones() -> tuple[str, ...]:
    """Every IANA zone name a chat may choose, sorted."""
    return tuple(sorted(available_timezones() - {"Factory", "localtime", "posixrules"}))


def _rank(zone: str) -> tuple[int, int, str]:
    """City names shared by several zones go to a continent's plain "Area/City" first."""
    area = zone.partition("/")[0]
    return (_AREAS.index(area) if area in _AREAS else len(_AREAS), zone.count("/"), zone)


@cache
def _zone_names() -> dict[str, str]:
    """Folded spelling -> zone: cities in every language, whole names, then last parts."""
    names: dict[str, str] = {spelling: city.zone for spelling, city in by_spelling().items()}
    ranked = sorted(zones(), key=_rank)
    for zone in ranked:
        names[zone.casefold()] = zone if "/" in zone else names.get(zone.casefold(), zone)
    for zone in ranked:
        names.setdefault(zone.rpartition("/")[2].casefold(), zone)
    return names


def nearest_zones(text: str, count: int = 3) -> tuple[str, ...]:
    """The IANA names most like `text`, in whatever language it is, best first; always `count` of them."""
    folded = jamo(re.sub(r"[\s_]+", " ", text.casefold())[:60].strip())
    ranked = process.extract(folded, _spelled_out(), scorer=fuzz.ratio, score_cutoff=55, limit=count * 4)
    begun = [
        zone for spelling, zone in _spelled_out_zones() if len(folded) > 1 and spelling.startswith(folded)
    ]
    by_name = [_spelled_out_zones()[at][1] for _, _, at in ranked]
    popular = ("Asia/Seoul", "Asia/Shanghai", "UTC")
    return tuple(dict.fromkeys((*begun[:count], *by_name, *popular)))[:count]


@cache
def _spelled_out_zones() -> tuple[tuple[str, str], ...]:
    """(letters, zone) of every spelling but those of Etc/GMT+9, which is nine hours west."""
    names = _zone_names().items()
    return tuple(
        (jamo(name.replace("_", " ")), zone) for name, zone in names if not zone.startswith(("Etc/", "GMT"))
    )


@cache
def _spelled_out() -> tuple[str, ...]:
    return tuple(spelling for spelling, _ in _spelled_out_zones())


def _weekday(text: str, at: int) -> tuple[int, int] | None:
    """(weekday, end) of a weekday at `at`."""
    found = _WEEKDAY.match(text, at)
    if found is None:
        return None
    if found["en"]:
        word = found[0].casefold()
        day = _DAYS.get(word, _DAYS.get(word.removesuffix("s")))
        return None if day is None else (day, found.end())
    if found["ko"]:
        return _KOREAN_DAYS.index(found["ko"]), found.end()
    return _CHINESE_DAYS[found["zh"]], found.end()


def _hour(hour: int, period: str) -> int | None:
    """A 24-hour hour, or None when `hour` does not exist (in that part of the day)."""
    if not period:
        return hour if hour <= 23 else None
    if period in _MORNING:
        return hour % 12 if hour <= 12 else None
    if period in _NIGHT and hour in {12, 0}:
        return 0
    if period in {"中午", "낮"} and hour == 11:
        return 11
    if 13 <= hour <= 23:
        return hour
    return hour % 12 + 12 if 1 <= hour <= 12 else None


def _time(text: str, at: int) -> tuple[tuple[int, int], int] | None:
    """((hour, minute), end) of a time at `at`; Refusal when it looks like one and is none."""
    named = _NAMED_TIME.match(text, at)
    if named is not None:
        return (_NAMED[named[0].casefold()], 0), named.end()
    found = _TIME.match(text, at)
    if found is None:
        return None
    after = (found["after"] or "").casefold().replace(".", "")
    hour = _hour(int(found["hour"]), found["before"] or after)
    minute = 30 if found["half"] else int(found["minute"] or found["minute2"] or found["packed"] or 0)
    if hour is None or minute > 59:
        raise Refusal("error.bad_time", token=found[0].strip()[:40], example=EXAMPLE)
    return (hour, minute), found.end()


def read_time(text: str) -> tuple[int, int] | None:
    """(hour, minute) of a text that is a time and nothing else."""
    text = text.strip()
    try:
        found = _time(text, 0) if text else None
    except Refusal:
        return None
    return found[0] if found is not None and found[1] == len(text) else None


def _zone(text: str, at: int) -> tuple[str, int] | None:
    """(IANA name, end) of a zone or city at `at`, the longest that is known."""
    names = _zone_names()
    words = list(_ZONE.finditer(text, at))
    if words and words[0].start() == at:
        for last in reversed(words[:4]):
            spelled = text[at : last.end()]
            name = re.sub(r"\s+", "_", spelled.casefold())
            zone = names.get(name) or names.get(spelled.casefold())
            if zone is not None:
                return zone, last.end()
        return None
    here = (name for name in names if not name.isascii() and text.startswith(name, at))
    longest = max(here, key=len, default="")
    return (names[longest], at + len(longest)) if longest else None


def _refusal(text: str, at: int, *, weekday_known: bool) -> Refusal:
    """Which kind of piece the unreadable one at `at` was most likely meant to be."""
    found = _WORD.match(text, at)
    token = found[0][:40] if found else text[at : at + 40]
    folded = token.casefold()
    if any(letter.isdigit() for letter in token) and "/" not in token:
        if re.match(r"(?:utc|gmt)?[+\-]\d", folded):
            return Refusal(
                "error.bad_zone", token=token, nearest=", ".join(nearest_zones(folded)), example=EXAMPLE
            )
        return Refusal("error.bad_time", token=token, example=EXAMPLE)
    likeness = max(SequenceMatcher(None, folded, day).ratio() for day in _DAYS)
    if (
        not weekday_known
        and (likeness >= 0.6 or "요일" in token or token[0] in "周週星礼禮")
        and "/" not in token
    ):
        return Refusal("error.bad_weekday", token=token, example=EXAMPLE)
    return Refusal("error.bad_zone", token=token, nearest=", ".join(nearest_zones(token)), example=EXAMPLE)


_Reader = Callable[[str, int], "tuple[object, int] | None"]


def _piece(text: str, at: int) -> tuple[str, object, int] | None:
    """(kind, value, end) of what stands at `at`."""
    readers: tuple[tuple[str, _Reader], ...] = (("time", _time), ("weekday", _weekday), ("zone", _zone))
    for kind, reader in readers:
        found = reader(text, at)
        if found is not None:
            return kind, *found
    return None


def parse_schedule(text: str, current: Schedule) -> Schedule:
    """`current` with whatever `text` names changed: a weekday, a time, a zone or a city.

    Raises Refusal error.bad_time, error.bad_weekday (both: token, example) or error.bad_zone
    (token, nearest, example). An empty text changes nothing; a kind named twice is refused.
    """
    text = unicodedata.normalize("NFKC", text)[:200].strip()
    found: dict[str, object] = {}
    at = 0
    while at < len(text):
        filler = _FILLER.match(text, at)
        if filler is not None:
            at = filler.end()
            continue
        piece = _piece(text, at)
        if piece is None:
            raise _refusal(text, at, weekday_known="weekday" in found)
        kind, value, end = piece
        if kind in found:
            raise _twice(kind, text[at:end])
        found[kind], at = value, end
    return _changed(current, found)


def _twice(kind: str, token: str) -> Refusal:
    words = {"token": token.strip()[:40], "example": EXAMPLE}
    if kind == "zone":
        words["nearest"] = ", ".join(nearest_zones(token))
    return Refusal(f"error.bad_{kind}", **words)


def _changed(current: Schedule, found: dict[str, object]) -> Schedule:
    weekday, moment, zone = found.get("weekday"), found.get("time"), found.get("zone")
    schedule = current
    if isinstance(weekday, int):
        schedule = replace(schedule, weekday=weekday)
    if isinstance(moment, tuple):
        schedule = replace(schedule, hour=moment[0], minute=moment[1])
    if isinstance(zone, str):
        schedule = replace(schedule, zone=zone)
    return schedule
