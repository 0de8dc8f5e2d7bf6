"""Subscribers as JSON: what /export hands over and `chats export` writes, a line each.

One object, the same both ways: `subscriber_from_json(subscriber_as_json(s)) == s`. Only
"chat" must be there when reading; everything else has its default. Moments are ISO 8601 with
an offset. Reading is strict: an unknown key, a wrong type or a value outside its set is a
Refusal("chats.bad_field", field, found, wants) that names it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import cast, get_args
from zoneinfo import ZoneInfo

from handlers.errors import Refusal
from handlers.quiet import HOURS
from handlers.schedule import next_slot
from store.ledger import AuditLine
from store.model import LANGUAGES, Chat, Delivery, Platform, Schedule, Subscriber, SubscriberState

NAMES_LIMIT = 100
"""How many companies a chat may follow, and how many it may mute."""

_TEXT_LIMIT = 200
_WEEK = re.compile(r"\d{4}-W\d{2}")
_EXTRAS = frozenset({"deliveries", "audit", "manages"})  # for the person who reads the file; never read back


def subscriber_as_json(subscriber: Subscriber) -> dict[str, object]:
    """A plain object of strings, numbers, booleans, lists and null, ready for any JSON writer."""
    plain = {field.name: getattr(subscriber, field.name) for field in fields(subscriber)}
    schedule = subscriber.schedule
    return plain | {
        "chat": str(subscriber.chat),
        "schedule": {
            "weekday": schedule.weekday,
            "hour": schedule.hour,
            "minute": schedule.minute,
            "zone": schedule.zone,
        },
        "state": subscriber.state.value,
        "follows": list(subscriber.follows),
        "mutes": list(subscriber.mutes),
        "paused_until": _written(subscriber.paused_until),
        "next_at": _written(subscriber.next_at),
        "created_at": _written(subscriber.created_at),
    }


def delivery_as_json(delivery: Delivery) -> dict[str, object]:
    """One part that a chat was sent or not, without the text of the message."""
    return {
        "week": delivery.week,
        "edition": delivery.edition,
        "part": delivery.part,
        "parts": delivery.parts,
        "state": delivery.state.value,
        "due": _written(delivery.due),
        "attempts": delivery.attempts,
        "message_id": delivery.message_id,
        "reason": delivery.reason,
        "updated_at": _written(delivery.updated_at),
    }


def export_as_json(
    subscriber: Subscriber,
    deliveries: Sequence[Delivery],
    audit: Sequence[AuditLine] = (),
    manages: Sequence[Chat] = (),
) -> dict[str, object]:
    """Everything about one chat: its settings, with its deliveries, its changes and the chats that
    its person manages under keys of their own, which reading ignores, so that the file can be
    imported as it is.
    """
    return subscriber_as_json(subscriber) | {
        "deliveries": [delivery_as_json(delivery) for delivery in deliveries],
        "audit": [
            {"at": _written(found.at), "who": found.who, "what": found.what, "detail": found.detail}
            for found in audit
        ],
        **({"manages": [str(chat) for chat in manages]} if manages else {}),
    }


def subscriber_from_json(data: object) -> Subscriber:
    """The subscriber that an object describes. Raises Refusal, naming the field."""
    if not isinstance(data, Mapping):
        raise _bad("", data, '{"chat": …}')
    known = {field.name for field in fields(Subscriber)}
    for key in data:
        if key not in known and key not in _EXTRAS:
            raise _bad(str(key), data[key], ", ".join(sorted(known)))
    if "chat" not in data:
        raise _bad("chat", None, "PLATFORM:TENANT:ID[:THREAD]")
    values = {key: _READERS[key](key, data[key]) for key in data if key not in _EXTRAS}
    return cast("Callable[..., Subscriber]", Subscriber)(**values)


def restarted(subscriber: Subscriber, now: datetime) -> Subscriber:
    """The subscriber as an import keeps it: an ACTIVE one without `next_at` gets its next slot,
    any other state has none.
    """
    if subscriber.state is not SubscriberState.ACTIVE:
        return replace(subscriber, next_at=None)
    if subscriber.next_at is not None:
        return subscriber
    slot = next_slot(subscriber.schedule, after=now, after_week=subscriber.last_week)
    return replace(subscriber, next_at=slot)


def chat_from_text(text: str) -> Chat:
    """The chat that PLATFORM:TENANT:ID[:THREAD] names. Raises Refusal("chats.bad_field")."""
    return _chat("chat", text)


def _written(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat()


def _bad(field: str, found: object, wants: str) -> Refusal:
    return Refusal("chats.bad_field", field=field or "JSON", found=repr(found)[:60], wants=wants)


def _text(field: str, value: object) -> str:
    if not isinstance(value, str) or len(value) > _TEXT_LIMIT:
        raise _bad(field, value, f"text, {_TEXT_LIMIT} characters at most")
    return value


def _chat(field: str, value: object) -> Chat:
    wants = "PLATFORM:TENANT:ID[:THREAD]"
    if isinstance(value, Mapping):
        given = (str(value.get(name, "")) for name in ("platform", "tenant", "id", "thread"))
        value = ":".join(given).rstrip(":")
    pieces = _text(field, value).split(":")
    if len(pieces) not in {3, 4} or pieces[0] not in get_args(Platform) or not all(pieces):
        raise _bad(field, value, wants)
    if any(character.isspace() or not character.isprintable() for character in str(value)):
        raise _bad(field, value, wants)
    return Chat(cast("Platform", pieces[0]), pieces[1], pieces[2], pieces[3] if len(pieces) == 4 else "")


def _one_of(*allowed: str) -> Callable[[str, object], object]:
    def read(field: str, value: object) -> object:
        if not isinstance(value, str) or value not in allowed:
            raise _bad(field, value, " | ".join(allowed))
        return value

    return read


def _language(field: str, value: object) -> object:
    return None if value is None else _one_of(*LANGUAGES)(field, value)


def _state(field: str, value: object) -> SubscriberState:
    return SubscriberState(str(_one_of(*SubscriberState)(field, value)))


def _number(field: str, value: object, top: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= top:
        raise _bad(field, value, f"0-{top}")
    return value


def _schedule(field: str, value: object) -> Schedule:
    names = ("weekday", "hour", "minute", "zone")
    if not isinstance(value, Mapping) or set(value) != set(names):
        raise _bad(field, value, ", ".join(names))
    zone = _text(f"{field}.zone", value["zone"])
    try:
        ZoneInfo(zone)
    except (OSError, ValueError) as error:  # ZoneInfoNotFoundError is a KeyError of its own
        raise _bad(f"{field}.zone", zone, "Asia/Seoul") from error
    except KeyError as error:
        raise _bad(f"{field}.zone", zone, "Asia/Seoul") from error
    return Schedule(
        weekday=_number(f"{field}.weekday", value["weekday"], 6),
        hour=_number(f"{field}.hour", value["hour"], 23),
        minute=_number(f"{field}.minute", value["minute"], 59),
        zone=zone,
    )


def _ids(field: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > NAMES_LIMIT:
        raise _bad(field, value, f"a list of company ids, {NAMES_LIMIT} at most")
    return tuple(dict.fromkeys(_text(field, entry) for entry in value))


def _flag(field: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise _bad(field, value, "true | false")
    return value


def _moment(field: str, value: object) -> datetime | None:
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(_text(field, value))
    except ValueError as error:
        raise _bad(field, value, "2026-08-03T00:00:00+00:00") from error
    if moment.tzinfo is None:
        raise _bad(field, value, "2026-08-03T00:00:00+00:00")
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise _bad(field, value, "2026-08-03T00:00:00+00:00") from error


def _week(field: str, value: object) -> str:
    week = _text(field, value)
    if week and not _WEEK.fullmatch(week):
        raise _bad(field, value, "2026-W31")
    return week


def _quiet(field: str, value: object) -> str:
    hours = _text(field, value)
    if hours and not HOURS.fullmatch(hours):
        raise _bad(field, value, "22:00-08:00")
    return hours


_READERS: dict[str, Callable[[str, object], object]] = {
    "chat": _chat,
    "language": _language,
    "schedule": _schedule,
    "state": _state,
    "follows": _ids,
    "mutes": _ids,
    "length": _one_of("short", "full"),
    "silent": _flag,
    "policy": _one_of("at_most_once", "at_least_once"),
    "managers": _one_of("admins", "everyone"),
    "paused_until": _moment,
    "next_at": _moment,
    "last_week": _week,
    "last_edition": _text,
    "created_at": _moment,
    "reason": _text,
    "quiet": _quiet,
    "layout": _one_of("classic", "rich"),
}
