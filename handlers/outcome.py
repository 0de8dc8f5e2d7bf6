"""What follows from what became of one part. Pure: rows and outcomes in, a step out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import isnan
from typing import Literal

from handlers.door import Outcome
from store.model import Delivery, DeliveryState, Subscriber, SubscriberState

COMPOSE_TRIES = 3  # that failed by an error
COMPOSE_STARTS = 5  # that ended while it was composed: by it, or by chance
SEND_TRIES = 100  # about a day: see backoff()
MOVE_TRIES = 5
CRASH_TRIES = 20  # starts that ended between a part's intent and its request

_AGAIN = "reason.again"  # marks a part that may have arrived once already: never more than two copies
_AGAIN_AFTER = timedelta(seconds=60)  # what nobody can tell goes last
_LONGEST_WAIT = 86_400.0


@dataclass(frozen=True, slots=True)
class Step:
    """How a part is settled. PLANNED has `due`. `drop_rest` also suspends the chat, with `reason`;
    `moved_to` is the chat's new id, told after the part is settled.
    """

    state: DeliveryState
    reason: str = ""
    due: datetime | None = None
    message_id: str = ""
    drop_rest: bool = False
    moved_to: str = ""


def backoff(delivery: Delivery, outcome: Outcome) -> timedelta:
    """How long to leave a part: what the platform asks for (a second at least, a day at most), else
    5 s doubling with every attempt up to a quarter of an hour.
    """
    if outcome.kind == "wait":
        return wait_for(outcome.seconds)
    return timedelta(seconds=min(5.0 * 2 ** min(delivery.attempts - 1, 10), 900.0))


def wait_for(seconds: float) -> timedelta:
    """What a platform asks for, a second at least and a day at most."""
    return timedelta(seconds=min(max(1.0 if isnan(seconds) else seconds, 1.0), _LONGEST_WAIT))


def after(delivery: Delivery, outcome: Outcome, subscriber: Subscriber, now: datetime) -> Step:
    """What follows from `outcome` for a part that was marked and sent once more."""
    if outcome.kind == "sent":
        return Step(DeliveryState.SENT, message_id=outcome.message_id)
    if outcome.kind == "unknown":
        return _unknown(delivery, subscriber, outcome.reason or "reason.unanswered", now)
    if outcome.kind == "refused":
        return Step(DeliveryState.FAILED, reason=outcome.reason or "reason.refused")
    if outcome.kind == "gone":
        return Step(DeliveryState.FAILED, reason=outcome.reason or "reason.gone", drop_rest=True)
    if outcome.kind == "moved":
        return _moved(delivery, outcome, now)
    if outcome.kind == "dead":
        return Step(DeliveryState.PLANNED, reason=_kept(delivery, "reason.dead"), due=delivery.due)
    if outcome.kind == "wait":
        due = now + backoff(delivery, outcome)
        return Step(DeliveryState.PLANNED, reason=_kept(delivery, "reason.waiting"), due=due)
    return _not_sent(delivery, outcome, now)


def held(delivery: Delivery, until: datetime) -> Step:
    """What follows when the platform asked us to wait before the part's request was written."""
    return Step(DeliveryState.PLANNED, reason=_kept(delivery, "reason.waiting"), due=until)


def interrupted(delivery: Delivery, subscriber: Subscriber, now: datetime, *, gone: bool = True) -> Step:
    """What follows for a row that a process left SENDING when it died; `gone` = its request may
    have been written.
    """
    if delivery.parts:
        if gone:
            return _unknown(delivery, subscriber, "reason.interrupted", now)
        return _not_begun(delivery, now)
    if delivery.attempts >= COMPOSE_STARTS:  # composing it may be what killed the process
        return Step(DeliveryState.FAILED, reason="reason.compose")
    # Not first in line again: else a process that is killed for other reasons takes it along.
    return Step(DeliveryState.PLANNED, due=now + backoff(delivery, Outcome("not_sent")))


def _not_begun(delivery: Delivery, now: datetime) -> Step:
    """It was not sent, for certain. What does this at every start may be its cause: it goes later
    and later, and at last it is given up.
    """
    if delivery.attempts >= CRASH_TRIES:
        state = DeliveryState.UNKNOWN if delivery.reason == _AGAIN else DeliveryState.FAILED
        return Step(state, reason="reason.crash")
    due = delivery.due if delivery.attempts <= 3 else now + backoff(delivery, Outcome("not_sent"))
    return Step(DeliveryState.PLANNED, reason=_kept(delivery, ""), due=due)


def _kept(delivery: Delivery, reason: str) -> str:
    """The mark of a possible first copy outlives every other reason to wait."""
    return _AGAIN if delivery.reason == _AGAIN else reason


def _unknown(delivery: Delivery, subscriber: Subscriber, reason: str, now: datetime) -> Step:
    if subscriber.policy == "at_least_once" and delivery.reason != _AGAIN:
        return Step(DeliveryState.PLANNED, reason=_AGAIN, due=now + _AGAIN_AFTER)
    return Step(DeliveryState.UNKNOWN, reason=reason)


def _moved(delivery: Delivery, outcome: Outcome, now: datetime) -> Step:
    if not outcome.new_id or outcome.new_id == delivery.chat.id or delivery.attempts >= MOVE_TRIES:
        return Step(DeliveryState.FAILED, reason="reason.moved")
    return Step(DeliveryState.PLANNED, reason=_kept(delivery, ""), due=now, moved_to=outcome.new_id)


def _not_sent(delivery: Delivery, outcome: Outcome, now: datetime) -> Step:
    reason = outcome.reason or "reason.unreachable"
    if delivery.attempts >= SEND_TRIES:
        state = DeliveryState.UNKNOWN if delivery.reason == _AGAIN else DeliveryState.FAILED
        return Step(state, reason=reason)
    due = now + backoff(delivery, outcome)
    return Step(DeliveryState.PLANNED, reason=_kept(delivery, reason), due=due)


_STOPPED: dict[SubscriberState, Literal["reason.unsubscribed", "reason.paused", "reason.suspended"]] = {
    SubscriberState.NONE: "reason.unsubscribed",
    SubscriberState.PAUSED: "reason.paused",
    SubscriberState.SUSPENDED: "reason.suspended",
}


def no_longer(head: Delivery, subscriber: Subscriber, now: datetime, fresh: timedelta) -> str:
    """Why a part that is due must not go out any more; "" when it may.

    A push outside the weekly slot was asked for by somebody, whatever the chat's subscription.
    """
    weekly = "+" not in head.week
    if weekly and subscriber.state in _STOPPED:
        return _STOPPED[subscriber.state]
    return "reason.stale" if now - head.due > fresh else ""
