"""Pushes that are held until somebody has looked: why, and how they go on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from handlers.slots import Skip, due_slot, moved_on, row_of
from store.bundle import Store
from store.model import DeliveryState, Subscriber

PUSH = "push"
"""The hold of every push; a platform's name is the hold of that platform, and "slack:T1" that of one
workspace.
"""

_JUMP = timedelta(days=35)  # no stop of a weekly bot that goes unnoticed; a wrong clock is years away
_PAGE = 500


def watch(store: Store, *, now: datetime) -> str:
    """Why every push is held (a words key), "" when none is. To be called before each plan.

    A clock that is more than five weeks ahead of what it showed last holds them; one that comes
    back lets them go on by itself.
    """
    held = store.ledger.holds().get(PUSH, "")
    last = store.ledger.last_seen()
    ahead = last is not None and now - last > _JUMP
    if ahead and not held:
        held = "reason.clock"
        store.ledger.hold(PUSH, held, at=now)
    if held == "reason.clock" and not ahead:
        store.ledger.release(PUSH)
        held = ""
    behind = last is not None and last - now > _JUMP  # as after a start without a clock: not believed
    if not held and not behind:
        store.ledger.seen(at=now)
    return held


def paused(store: Store) -> dict[str, str]:
    """Platforms and workspaces that are held by themselves, and why."""
    return {name: reason for name, reason in sorted(store.ledger.holds().items()) if name != PUSH}


def workspaces(names: Iterable[str]) -> list[tuple[str, str]]:
    """(platform, tenant) of those holds that are of one workspace."""
    parted = (name.partition(":") for name in names)
    return [(platform, tenant) for platform, _, tenant in parted if tenant]


def go_on(store: Store, *, now: datetime) -> None:
    """Send what is due."""
    store.ledger.seen(at=now)
    store.ledger.release(PUSH)


def leave_out(store: Store, *, now: datetime) -> int:
    """Skip everything that is due, then go on; returns how many pushes were left out."""
    count = 0
    while rows := store.ledger.due_deliveries(now, limit=_PAGE):
        for row in rows:
            store.ledger.settle(row, DeliveryState.SKIPPED, at=now, reason="reason.held")
            count += row.part == 0
    while due := store.ledger.due_subscribers(now, limit=_PAGE):
        count += sum(_skipped(store, subscriber, now) for subscriber in due)
    go_on(store, now=now)
    return count


def _skipped(store: Store, subscriber: Subscriber, now: datetime) -> bool:
    """Move one chat past the slot that is due."""
    slot = due_slot(subscriber, now)
    assert slot is not None
    decision = Skip(slot, "reason.held")
    after = moved_on(subscriber, decision)
    booked = store.ledger.book(after, row_of(subscriber, decision, now), expected_next_at=subscriber.next_at)
    if not booked:  # the week is on record already: only the chat has to move on
        store.ledger.put_subscriber(after)
    return booked
