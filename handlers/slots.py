"""Slots: what becomes of one chat's due slot. Pure: a subscriber and the newest edition in, a decision
out, and what the ledger keeps of it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from handlers.schedule import latest_slot, next_slot, week_of
from store.bundle import Defaults
from store.model import Delivery, DeliveryState, Edition, Story, Subscriber, SubscriberState


@dataclass(frozen=True, slots=True)
class Book:
    """Push this edition for the slot."""

    slot: datetime
    edition: str


@dataclass(frozen=True, slots=True)
class Skip:
    """Nothing is pushed for the slot; `reason` is a words key.

    `until` is set when it stands for several missed weeks: the slot that is decided after it.
    """

    slot: datetime
    reason: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing to push yet: look again until `until`, when it becomes a Skip for `reason`."""

    slot: datetime
    reason: str
    until: datetime


Decision = Book | Skip | Wait


def due_slot(subscriber: Subscriber, now: datetime) -> datetime | None:
    """The slot to decide: the latest of those that are due; None when none is."""
    due = subscriber.next_at
    if subscriber.state is not SubscriberState.ACTIVE or due is None or due > now:
        return None
    zone = subscriber.schedule.zone
    latest = latest_slot(subscriber.schedule, at=now)
    return latest if latest > due and week_of(latest, zone) > week_of(due, zone) else due


def decide(
    subscriber: Subscriber,
    newest: Edition | None,
    stories: Sequence[Story],
    *,
    held: Collection[str] = (),
    now: datetime,
    defaults: Defaults,
) -> Decision | None:
    """What becomes of the chat's due slot; None when no slot is due. Pure.

    `newest` is the newest edition published by `min(now, slot + defaults.late)`, `stories` are its
    stories, `held` ids of editions that the chat was already given, or is being given.
    """
    slot = due_slot(subscriber, now)
    if slot is None or subscriber.next_at is None:
        return None
    reason = _nothing_new(subscriber, newest, held)
    if slot != subscriber.next_at:
        return Skip(subscriber.next_at, reason or "reason.stale", until=slot)
    if now - slot > defaults.fresh:
        return Skip(slot, reason or "reason.stale")
    if newest is None or reason:
        end = slot + defaults.late
        return Wait(slot, reason, end) if now < end else Skip(slot, reason)
    if not stories:
        return Skip(slot, "reason.empty")
    if all_muted(stories, subscriber.mutes):
        return Skip(slot, "reason.muted")
    return Book(slot, newest.id)


def _nothing_new(subscriber: Subscriber, newest: Edition | None, held: Collection[str]) -> str:
    """Why no edition waits for this chat, as a words key; "" when one does."""
    if newest is None:
        return "reason.empty"
    return "reason.no_new_edition" if newest.id <= subscriber.last_edition or newest.id in held else ""


def all_muted(stories: Sequence[Story], mutes: Collection[str]) -> bool:
    """Whether every story is about muted companies and no others."""
    muted = set(mutes)
    return all(story.companies and muted.issuperset(story.companies) for story in stories)


def moved_on(subscriber: Subscriber, decision: Book | Skip) -> Subscriber:
    """The subscriber once its slot is decided."""
    zone = subscriber.schedule.zone
    last = week_of(decision.slot, zone)
    upcoming = next_slot(subscriber.schedule, after=decision.slot, after_week=last)
    if isinstance(decision, Book):
        return replace(subscriber, last_week=last, next_at=upcoming, last_edition=decision.edition)
    return replace(subscriber, last_week=last, next_at=decision.until or upcoming)


def row_of(subscriber: Subscriber, decision: Book | Skip, now: datetime) -> Delivery:
    """The decision as the ledger keeps it."""
    booked = isinstance(decision, Book)
    return Delivery(
        chat=subscriber.chat,
        week=week_of(decision.slot, subscriber.schedule.zone),
        edition=decision.edition if isinstance(decision, Book) else "",
        part=0,
        parts=0,
        state=DeliveryState.PLANNED if booked else DeliveryState.SKIPPED,
        due=decision.slot,
        reason="" if isinstance(decision, Book) else decision.reason,
        updated_at=now,
    )
