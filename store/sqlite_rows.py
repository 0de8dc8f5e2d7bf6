"""Nouns to and from rows of the ledger's SQLite tables."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from store.model import Chat, Delivery, DeliveryState, Schedule, Subscriber, SubscriberState

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

CHAT_COLUMNS = "c.platform, c.tenant, c.chat, c.thread"
SUBSCRIBER_COLUMNS = (
    "language, weekday, hour, minute, zone, state, follows, mutes, length, silent, policy,"
    " managers, paused_until, next_at, last_week, last_edition, created_at, reason, quiet, layout"
)
DELIVERY_COLUMNS = "week, edition, part, parts, state, due, attempts, message_id, content, reason, updated_at"


def micros(moment: datetime) -> int:
    """Whole microseconds since 1970 UTC. ValueError for a naive datetime."""
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return (moment - _EPOCH) // _MICROSECOND


def maybe_micros(moment: datetime | None) -> int | None:
    return None if moment is None else micros(moment)


def moment(value: int) -> datetime:
    return _EPOCH + timedelta(microseconds=value)


def maybe_moment(value: int | None) -> datetime | None:
    return None if value is None else moment(value)


def chat_of(row: sqlite3.Row) -> Chat:
    return Chat(platform=row["platform"], tenant=row["tenant"], id=row["chat"], thread=row["thread"])


def _names(text: str) -> tuple[str, ...]:
    return () if text == "[]" else tuple(json.loads(text))


def _text(names: tuple[str, ...]) -> str:
    return json.dumps(names, ensure_ascii=False) if names else "[]"


def subscriber_of(row: sqlite3.Row) -> Subscriber:
    """A row of CHAT_COLUMNS and SUBSCRIBER_COLUMNS, in this order: to look twenty of them up by name takes
    four times as long. ValueError when it holds what we never write.
    """
    platform, tenant, chat, thread, language, weekday, hour, minute, zone, state, *rest = row
    follows, mutes, length, silent, policy, managers, paused_until, next_at, *rest = rest
    last_week, last_edition, created_at, reason, quiet, layout = rest
    return Subscriber(
        chat=Chat(platform, tenant, chat, thread),
        language=language,
        schedule=Schedule(weekday, hour, minute, zone),
        state=SubscriberState(state),
        follows=_names(follows),
        mutes=_names(mutes),
        length=length,
        silent=bool(silent),
        policy=policy,
        managers=managers,
        paused_until=maybe_moment(paused_until),
        next_at=maybe_moment(next_at),
        last_week=last_week,
        last_edition=last_edition,
        created_at=maybe_moment(created_at),
        reason=reason,
        quiet=quiet,
        layout=layout,
    )


def subscriber_values(subscriber: Subscriber) -> tuple[object, ...]:
    """In the order of SUBSCRIBER_COLUMNS."""
    schedule = subscriber.schedule
    return (
        subscriber.language,
        schedule.weekday,
        schedule.hour,
        schedule.minute,
        schedule.zone,
        subscriber.state.value,
        _text(subscriber.follows),
        _text(subscriber.mutes),
        subscriber.length,
        int(subscriber.silent),
        subscriber.policy,
        subscriber.managers,
        maybe_micros(subscriber.paused_until),
        maybe_micros(subscriber.next_at),
        subscriber.last_week,
        subscriber.last_edition,
        maybe_micros(subscriber.created_at),
        subscriber.reason,
        subscriber.quiet,
        subscriber.layout,
    )


def delivery_of(row: sqlite3.Row, chat: Chat | None = None) -> Delivery:
    """A row that ends with CHAT_COLUMNS and DELIVERY_COLUMNS, or, of `chat`, with the latter alone.
    ValueError when it holds what we never write.
    """
    week, edition, part, parts, state, due, attempts, message_id, content, reason, updated_at = row[-11:]
    return Delivery(
        chat=chat or Chat(*row[-15:-11]),
        week=week,
        edition=edition,
        part=part,
        parts=parts,
        state=DeliveryState(state),
        due=moment(due),
        attempts=attempts,
        message_id=message_id,
        content=content,
        reason=reason,
        updated_at=maybe_moment(updated_at),
    )


def delivery_values(delivery: Delivery) -> tuple[object, ...]:
    """In the order of DELIVERY_COLUMNS."""
    return (
        delivery.week,
        delivery.edition,
        delivery.part,
        delivery.parts,
        delivery.state.value,
        micros(delivery.due),
        delivery.attempts,
        delivery.message_id,
        delivery.content,
        delivery.reason,
        maybe_micros(delivery.updated_at),
    )


def _wants_push(subscriber: Subscriber) -> bool:
    return subscriber.state in {SubscriberState.ACTIVE, SubscriberState.PAUSED}


def merged(old: Subscriber, new: Subscriber) -> Subscriber:
    """One subscriber of a chat that has moved, under the new chat: the old one's settings win.

    A subscription that only the new chat has is kept, and the latest push of either counts.
    """
    both = replace(
        old,
        chat=new.chat,
        last_week=max(old.last_week, new.last_week),
        last_edition=max(old.last_edition, new.last_edition),
    )
    if _wants_push(new) and not _wants_push(old):
        return replace(
            both,
            state=new.state,
            schedule=new.schedule,
            next_at=new.next_at,
            paused_until=new.paused_until,
            reason=new.reason,
        )
    return both
