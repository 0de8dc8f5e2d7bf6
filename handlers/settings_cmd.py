"""/language and /settings: one panel that changes itself; its buttons are commands one can type."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from difflib import get_close_matches
from functools import cache
from typing import Any

from handlers.answer import arguments, excerpt
from handlers.chat_settings import keep, reply, settings_of
from handlers.cities import zone_label
from handlers.dates import weekday_name
from handlers.errors import Refusal
from handlers.language import reply_language
from handlers.language_choice import OWN_NAMES, language_buttons, language_choice, read_language
from handlers.lookup import first, small, told
from handlers.message import Ask, Button, Reply
from handlers.schedule import parse_schedule, schedule_text
from handlers.schedule_words import nearest_zones
from handlers.settings_panel import CHOICES, back, choices, code, offered, panel
from handlers.settings_quiet import set_quiet
from handlers.settings_topic import set_topic
from handlers.subscription import reschedule
from handlers.words import say
from store.bundle import Store
from store.model import LANGUAGES, Language, Subscriber

_ZONES = (
    "Asia/Seoul",
    "Asia/Shanghai",
    "Asia/Singapore",
    "Europe/London",
    "Europe/Berlin",
    "America/New_York",
    "America/Los_Angeles",
    "UTC",
)
_NEAR = 5
_TIMES = ("07:00", "08:00", "09:00", "10:00", "12:00", "15:00", "18:00", "21:00")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


async def language(ask: Ask, store: Store) -> Reply:
    """Choose the language of this chat; the answer already comes in it."""
    word = arguments(ask)
    if not word:
        return language_choice(ask, store, "/language")
    chosen = _kept_language(ask, store, word, what="language")
    spoken = reply_language(ask, store)
    return reply(
        spoken,
        first("language.changed" if chosen.language else "language.auto", spoken, name=OWN_NAMES[spoken]),
        small("language.what_changes", spoken),
        buttons=language_buttons("/language", except_for=spoken),
        replace=ask.pressed,
    )


async def settings(ask: Ask, store: Store) -> Reply:
    """Show every setting of this chat, or change one or several: "/settings length full; day fri"."""
    given = [one.strip() for one in arguments(ask).split(";") if one.strip()]
    if len(given) < 2:
        return _one(ask, store, given[0] if given else "")
    for one in given:
        shown = _one(ask, store, one)
        if "refused" in shown.tags:
            break
    return shown


def _one(ask: Ask, store: Store, given: str) -> Reply:
    words = given.split(maxsplit=1)
    if not words:
        return panel(ask, store)
    name = setting_named(words[0])
    value = words[1].strip() if len(words) > 1 else ""
    if name in CHOICES and name not in offered(ask):
        raise Refusal("settings.not_here", setting=name)
    if name in CHOICES:
        return _choose(ask, store, name, value)
    return _OTHERS[name](ask, store, value)


def setting_named(word: str) -> str:
    """The setting that a word means, in any language. Raises Refusal with the closest one."""
    known = _setting_words()
    low = word.lower()
    if low not in known:
        close = get_close_matches(low, known, n=1, cutoff=0.6)
        meant = known[close[0]] if close else "length"
        raise Refusal("settings.unknown", found=excerpt(word), example=f"/settings {meant}")
    return known[low]


def value_named(name: str, word: str) -> str | bool:
    """The value of a setting of few values that a word means. Raises Refusal with those there are."""
    values = {code(value): value for value in CHOICES[name].values}
    meant = _value_words(name).get(word.lower())
    if meant is None:
        raise Refusal(
            "settings.bad_value",
            setting=name,
            found=excerpt(word),
            values=", ".join(values),
            example=f"/settings {name} {next(iter(values))}",
        )
    return values[meant]


def _choose(ask: Ask, store: Store, name: str, word: str) -> Reply:
    spoken = reply_language(ask, store)
    before = settings_of(ask, store)
    if not word:
        return choices(ask, name, before, spoken)
    value = value_named(name, word)
    changes: dict[str, Any] = {CHOICES[name].field: value}
    _kept(ask, store, before, replace(before, **changes), what="settings", detail=f"{name} {code(value)}")
    return panel(ask, store, told(f"settings.{name}.{code(value)}.means", spoken))


def _set_language(ask: Ask, store: Store, word: str) -> Reply:
    if not word:
        return language_choice(ask, store, "/settings language")
    _kept_language(ask, store, word, what="settings")
    return panel(ask, store)


def _kept_language(ask: Ask, store: Store, word: str, *, what: str) -> Subscriber:
    before = settings_of(ask, store)
    after = replace(before, language=read_language(word))
    _kept(ask, store, before, after, what=what, detail=f"language {after.language or 'auto'}")
    return after


def _set_day(ask: Ask, store: Store, word: str) -> Reply:
    spoken = reply_language(ask, store)
    days = [(weekday_name(number, spoken), day) for number, day in enumerate(WEEKDAYS)]
    return _set_schedule(ask, store, "day", word, offered=days)


def _set_time(ask: Ask, store: Store, word: str) -> Reply:
    return _set_schedule(ask, store, "time", word, offered=[(time, time) for time in _TIMES])


def _set_zone(ask: Ask, store: Store, word: str) -> Reply:
    spoken = reply_language(ask, store)
    offered = [(zone_label(zone, spoken), zone) for zone in _ZONES]
    try:
        return _set_schedule(ask, store, "zone", word, offered=offered)
    except Refusal as refusal:
        if refusal.key == "error.bad_zone":
            return _which_zone(ask, refusal.words["token"], spoken)
        raise


def _which_zone(ask: Ask, token: str, spoken: Language) -> Reply:
    """No such city: the nearest as buttons."""
    near = nearest_zones(token, _NEAR)
    offered = tuple(Button(zone_label(zone, spoken), f"/settings zone {zone}") for zone in near)
    shown = reply(
        spoken,
        first("settings.zone.unknown", spoken, found=excerpt(token)),
        small("settings.zone.example", spoken),
        buttons=(*offered, back(spoken)),
        replace=ask.pressed,
    )
    return replace(shown, tags={"refused": "error.bad_zone"})


def _set_schedule(
    ask: Ask, store: Store, name: str, word: str, *, offered: Sequence[tuple[str, str]]
) -> Reply:
    """Change one part of the schedule, or offer values for it."""
    spoken = reply_language(ask, store)
    before = settings_of(ask, store)
    if not word:
        return reply(
            spoken,
            first(f"settings.{name}.which", spoken, schedule=schedule_text(before.schedule, spoken)),
            small(f"settings.{name}.example", spoken),
            buttons=(*(Button(label, f"/settings {name} {value}") for label, value in offered), back(spoken)),
            replace=ask.pressed,
        )
    wanted = parse_schedule(word, before.schedule)
    after = reschedule(before, wanted, ask.now) if wanted != before.schedule else before
    _kept(ask, store, before, after, what="settings", detail=f"{name} {excerpt(word)}")
    return panel(ask, store)


_OTHERS: dict[str, Callable[[Ask, Store, str], Reply]] = {
    "language": _set_language,
    "day": _set_day,
    "time": _set_time,
    "zone": _set_zone,
    "quiet": set_quiet,
    "topic": set_topic,
}


def _kept(ask: Ask, store: Store, before: Subscriber, after: Subscriber, *, what: str, detail: str) -> None:
    if after != before:
        keep(ask, store, after, what=what, detail=detail)


@cache
def _setting_words() -> dict[str, str]:
    """Every word for a setting, in every language, and its name."""
    names = (*CHOICES, *_OTHERS)
    words = {name: name for name in names}
    for spoken in LANGUAGES:
        for name in names:
            for word in say(f"settings.{name}.words", spoken).split():
                words.setdefault(word.lower(), name)
    return words


@cache
def _value_words(name: str) -> dict[str, str]:
    """Every word for a value of a setting, in every language, and the value as it is typed."""
    values = [code(value) for value in CHOICES[name].values]
    words = {value: value for value in values}
    for spoken in LANGUAGES:
        for value in values:
            for word in say(f"settings.{name}.{value}.words", spoken).split():
                words.setdefault(word.lower(), value)
    return words
