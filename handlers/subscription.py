"""How a subscription changes: frozen values in, frozen values out. Nothing is written here."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from handlers.schedule import next_slot, week_of
from store.catalogue import Catalogue
from store.model import Schedule, Subscriber, SubscriberState

_ZONES_APART = timedelta(days=2)  # a week decided in Kiribati is at most this far ahead of Honolulu
FARTHEST = timedelta(days=16)
"""No next slot is later than that, whatever the week, the zone and the schedule."""
_CLOCK_IS_SET = datetime(2024, 1, 1, tzinfo=UTC)  # a machine without a clock of its own starts in 1970


def decided_week(subscriber: Subscriber, zone: str, now: datetime) -> str:
    """`last_week`, unless it lies in a future that only a wrong clock has seen: then this week."""
    return min(subscriber.last_week, week_of(now + _ZONES_APART, zone))


def _next(subscriber: Subscriber, schedule: Schedule, now: datetime) -> datetime:
    return next_slot(schedule, after=now, after_week=decided_week(subscriber, schedule.zone, now))


def widened(subscriber: Subscriber, catalogue: Catalogue) -> Subscriber:
    """Follows and mutes that reach what belongs to the companies named (Tencent: WeChat too); a
    company that the chat named itself stays as the chat said.
    """
    named = {*subscriber.follows, *subscriber.mutes}
    if not named:
        return subscriber

    def wide(ids: tuple[str, ...]) -> tuple[str, ...]:
        below = (each for one in ids for each in catalogue.family(one) if each not in named)
        return tuple(dict.fromkeys((*ids, *below)))

    return replace(subscriber, follows=wide(subscriber.follows), mutes=wide(subscriber.mutes))


def activate(subscriber: Subscriber, schedule: Schedule, now: datetime) -> Subscriber:
    """Subscribe, or subscribe again: never a second push in a week that was already decided."""
    if subscriber.state is SubscriberState.ACTIVE and subscriber.next_at is not None:
        return reschedule(subscriber, schedule, now)
    return replace(
        subscriber,
        schedule=schedule,
        state=SubscriberState.ACTIVE,
        paused_until=None,
        reason="",
        next_at=_next(subscriber, schedule, now),
        created_at=subscriber.created_at or now,
    )


def deactivate(subscriber: Subscriber) -> Subscriber:
    """Unsubscribe; every setting, and what the chat already got, is kept."""
    return replace(subscriber, state=SubscriberState.NONE, next_at=None, paused_until=None, reason="")


def pause(subscriber: Subscriber, until: datetime | None) -> Subscriber:
    """Nothing is pushed before `until` (None = until somebody resumes)."""
    return replace(subscriber, state=SubscriberState.PAUSED, paused_until=until, next_at=None, reason="")


def resume(subscriber: Subscriber, now: datetime) -> Subscriber:
    """Push again: the next slot after `now`. A pause that ran out resumes at its own end, so that a
    slot between then and a late look at the clock is still due.
    """
    return activate(replace(subscriber, state=SubscriberState.NONE), subscriber.schedule, now)


def reschedule(subscriber: Subscriber, schedule: Schedule, now: datetime) -> Subscriber:
    """A new weekday, time or zone. A push that is due and not decided yet stays due, unless the new
    schedule has a slot left in the same week.
    """
    changed = replace(subscriber, schedule=schedule)
    if subscriber.state is not SubscriberState.ACTIVE:
        return changed
    upcoming = _next(subscriber, schedule, now)
    due = subscriber.next_at
    if due is not None and due <= now and week_of(due, schedule.zone) < week_of(upcoming, schedule.zone):
        return changed
    return replace(changed, next_at=upcoming)


def suspend(subscriber: Subscriber, reason: str) -> Subscriber:
    """The platform refuses this chat: an ACTIVE subscription stops, with a reason, settings kept."""
    if subscriber.state is not SubscriberState.ACTIVE:
        return subscriber
    return replace(subscriber, state=SubscriberState.SUSPENDED, next_at=None, reason=reason)


def mended(subscriber: Subscriber, now: datetime) -> Subscriber:
    """An ACTIVE subscriber whose next time cannot be right (a clock was years ahead for a while, or
    there is none) gets the next slot from `now`; any other as it is, and all when `now` is not set.
    """
    if subscriber.state is not SubscriberState.ACTIVE or now < _CLOCK_IS_SET:
        return subscriber
    if subscriber.next_at is not None and subscriber.next_at - now < FARTHEST:
        return subscriber
    week = decided_week(subscriber, subscriber.schedule.zone, now)
    return replace(subscriber, next_at=_next(subscriber, subscriber.schedule, now), last_week=week)
