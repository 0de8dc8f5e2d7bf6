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


def subscriber_of(row: sqlite3.Row) -> Subscriber:
    """A row of chats joined with subscribers. ValueError when it holds what we never write."""
    return Subscriber(
        chat=chat_of(row),
        language=row["language"],
        schedule=Schedule(row["weekday"], row["hour"], row["minute"], row["zone"]),
        state=SubscriberState(row["state"]),
        follows=_names(row["follows"]),
        mutes=_names(row["mutes"]),
        length=row["length"],
        silent=bool(row["silent"]),
        policy=row["policy"],
        managers=row["managers"],
        paused_until=maybe_moment(row["paused_until"]),
        next_at=maybe_moment(row["next_at"]),
        last_week=row["last_week"],
        last_edition=row["last_edition"],
        created_at=maybe_moment(row["created_at"]),
        reason=row["reason"],
        quiet=row["quiet"],
        layout=row["layout"],
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
        json.dumps(subscriber.follows, ensure_ascii=False),
        json.dumps(subscriber.mutes, ensure_ascii=False),
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
    """A row of chats joined with deliveries, or of `chat`. ValueError when it holds what we never write."""
    return Delivery(
        chat=chat or chat_of(row),
        week=row["week"],
        edition=row["edition"],
        part=row["part"],
        parts=row["parts"],
        state=DeliveryState(row["state"]),
        due=moment(row["due"]),
        attempts=row["attempts"],
        message_id=row["message_id"],
        content=row["content"],
        reason=row["reason"],
        updated_at=maybe_moment(row["updated_at"]),
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
