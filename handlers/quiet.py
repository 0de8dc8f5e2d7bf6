"""Quiet hours: when whatever comes to a chat comes without a sound.

Hours are local wall clock in the chat's own zone, from one time up to another, over midnight where
the second is the earlier one.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime, time
from zoneinfo import ZoneInfo

from handlers.errors import Refusal
from handlers.schedule_words import read_time
from store.model import Subscriber

EXAMPLE = "22:00-08:00"
HOURS = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d-(?:[01]\d|2[0-3]):[0-5]\d")
"""How hours are kept."""
OFF = frozenset(["off", "none", "no", "끔", "끄기", "꺼", "없음", "아니요", "关", "关闭", "關", "不用", "无"])

_BETWEEN = re.compile(r"\s*(?:부터|에서|到|至|until|till|to|[-–—~〜～])\s*", re.IGNORECASE)
_AROUND = re.compile(r"^(?:from|从|自)\s+|\s*(?:까지|为止|之间|사이)$", re.IGNORECASE)


def parse_quiet(text: str) -> str:
    """Hours as they are kept, of "22-8", "밤 10시부터 아침 8시까지" or "晚上10点到早上8点"; "" for "off".

    Raises Refusal("quiet.bad"). Two equal times are refused: nobody would know which day is meant.
    """
    said = unicodedata.normalize("NFKC", text).strip()[:60]
    if said.casefold() in OFF:
        return ""
    if re.fullmatch(r"\d{1,2}\s*-\s*\d{1,2}", said):
        said = said.replace("-", ":00-") + ":00"
    ends = [_AROUND.sub("", end) for end in _BETWEEN.split(said)]
    times = [read_time(end) for end in ends] if len(ends) == 2 else []
    if None in times or len(times) != 2 or times[0] == times[1]:
        raise Refusal("quiet.bad", found=text.strip()[:40], example=f"/settings quiet {EXAMPLE}")
    return "-".join(f"{hour:02}:{minute:02}" for hour, minute in filter(None, times))


def is_quiet(hours: str, zone: str, now: datetime) -> bool:
    """Whether `now` lies in these hours; the first minute does, the last does not."""
    if not hours:
        return False
    start, end = (time.fromisoformat(each) for each in hours.split("-"))
    at = now.astimezone(ZoneInfo(zone)).time()
    return start <= at < end if start < end else at >= start or at < end


def makes_no_sound(chat: Subscriber, now: datetime) -> bool:
    """Whether a push to this chat is silent now: by its setting, or because it is quiet there."""
    return chat.silent or is_quiet(chat.quiet, chat.schedule.zone, now)
