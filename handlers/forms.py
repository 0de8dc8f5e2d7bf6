"""Forms: settings and subscribing as fields to fill in, where a platform has such a thing.

A form is another way to type commands: `typed` gives the commands that the values stand for, and
they walk the same path, with the same permission, as if a person had written them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from handlers.chat_settings import settings_of
from handlers.dates import weekday_name
from handlers.errors import Refusal
from handlers.language import reply_language
from handlers.language_choice import OWN_NAMES
from handlers.message import Ask
from handlers.schedule import parse_schedule
from handlers.settings_cmd import WEEKDAYS
from handlers.settings_panel import CHOICES, code
from handlers.words import say
from store.bundle import Store
from store.model import LANGUAGES, Language, Schedule, Subscriber, SubscriberState

FormName = Literal["settings", "subscribe"]
FORMS: tuple[FormName, ...] = ("settings", "subscribe")

_SCHEDULE = ("day", "time", "zone")
_BASE = Schedule(weekday=2, hour=3, minute=33, zone="Antarctica/Troll")
_NAMES: Mapping[FormName, tuple[str, ...]] = {
    "settings": ("language", *_SCHEDULE, "length", "managers", "policy"),
    "subscribe": (*_SCHEDULE, "language", "length"),
}


@dataclass(frozen=True, slots=True)
class Field:
    """One thing to fill in. `value` is as it would be typed; `options` are (value, label) pairs,
    none where anything may be written. `hint` says how.
    """

    name: str
    kind: Literal["choice", "time", "text"]
    label: str
    value: str
    options: tuple[tuple[str, str], ...] = ()
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """What to ask of a chat, in the language of who fills it in; `note` says how things are now."""

    name: FormName
    language: Language
    title: str
    submit: str
    fields: tuple[Field, ...]
    note: str = ""


def form(name: FormName, ask: Ask, store: Store) -> Form:
    """The form with this chat's own values in it."""
    language = reply_language(ask, store)
    chat = settings_of(ask, store)
    subscribed = chat.state is SubscriberState.ACTIVE
    return Form(
        name,
        language,
        title=say(f"form.{name}.title", language),
        submit=say(f"form.{name}.submit", language),
        fields=tuple(_field(each, chat, language) for each in _NAMES[name]),
        note=say("form.already" if subscribed else "form.not_yet", language),
    )


def problems(name: FormName, values: Mapping[str, str], language: Language) -> dict[str, str]:
    """What cannot be used, in words, by field; empty when all is well. Reads nothing but `values`."""
    found: dict[str, str] = {}
    for field in _NAMES[name]:
        try:
            _check(field, values.get(field, "").strip())
        except Refusal as refusal:
            found[field] = say(refusal.key, language, **refusal.words)
    return found


def typed(name: FormName, values: Mapping[str, str]) -> tuple[str, ...]:
    """The commands that a filled-in form stands for, one after the other."""
    rest = [each for each in _NAMES[name] if name == "settings" or each not in _SCHEDULE]
    settings = "; ".join(f"{each} {values.get(each, '').strip()}" for each in rest)
    if name == "settings":
        return (f"/settings {settings}",)
    when = " ".join(values.get(each, "").strip() for each in _SCHEDULE)
    return (f"/settings {settings}", f"/subscribe {when}")


def _field(name: str, chat: Subscriber, language: Language) -> Field:
    when = chat.schedule
    if name == "time":
        value = f"{when.hour:02}:{when.minute:02}"
        return Field(name, "time", say("settings.time_button", language), value)
    if name == "zone":
        hint = say("form.zone_hint", language)
        return Field(name, "text", say("settings.zone_button", language), when.zone, hint=hint)
    if name == "day":
        days = tuple((day, weekday_name(number, language)) for number, day in enumerate(WEEKDAYS))
        return Field(name, "choice", say("settings.day_button", language), WEEKDAYS[when.weekday], days)
    label = say(f"settings.{name}.name", language)
    if name == "language":
        options = (("auto", say("language.follows_client", language)), *OWN_NAMES.items())
        return Field(name, "choice", label, chat.language or "auto", options)
    values = [code(value) for value in CHOICES[name].values]
    options = tuple((value, say(f"settings.{name}.{value}.value", language)) for value in values)
    return Field(name, "choice", label, code(getattr(chat, CHOICES[name].field)), options)


def _check(name: str, value: str) -> None:
    """Refusal where a value cannot be used."""
    if not value:
        raise Refusal("form.missing")
    if name in _SCHEDULE:
        changed = _changed(parse_schedule(value, _BASE))
        if changed - {name}:
            raise Refusal(f"form.only_{name}", found=value[:40])
        return
    allowed = ("auto", *LANGUAGES) if name == "language" else tuple(map(code, CHOICES[name].values))
    if value not in allowed:
        raise Refusal("form.missing")


def _changed(read: Schedule) -> set[str]:
    """Which parts of a schedule were named, seen from what nobody writes in a form."""
    parts = {
        "day": read.weekday != _BASE.weekday,
        "time": (read.hour, read.minute) != (_BASE.hour, _BASE.minute),
        "zone": read.zone != _BASE.zone,
    }
    return {name for name, named in parts.items() if named}
