"""After a crash, and after an answer that never came: what is in the air is settled.

A request that was certainly not begun is planned again. What may have left is looked up where the
platform lets us read our own messages back; elsewhere the chat's policy settles it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import cast

from handlers.door import Door, Outcome, ReadsBack
from handlers.limits import Pacer
from handlers.outcome import Step, after, interrupted
from handlers.weekly import mend
from store.bundle import Store
from store.model import Delivery, DeliveryState, Platform, Subscriber

log = logging.getLogger(__name__)

SETTLE = timedelta(seconds=30)
"""A message that is not found this long after its request is not there."""

_GIVE_UP = timedelta(minutes=5)
_BETWEEN = timedelta(seconds=2)  # look-ups in one tenant: 50 a minute are allowed
_REFUSED = timedelta(seconds=60)  # or one a minute, to apps that many workspaces installed
_SKEW = timedelta(seconds=5)


def recover(store: Store, *, now: datetime, reads_back: Collection[Platform] = ()) -> int:
    """Settle what a process that died left in flight. To be called once, at the start.

    A part whose answer had come is SENT. A digest that was still being composed is planned again, and
    so is a part whose request was not begun; what may have left is settled by its chat's policy, but
    for the platforms that `reads_back` names, where reconcile() looks first. Also mends next times
    that cannot be right.
    Returns how many rows there were.
    """
    mend(store, now=now)
    left = store.ledger.interrupted()
    with store.ledger.transaction():
        for delivery in left:
            step = _recovered(store, delivery, now, reads_back)
            if step is not None:
                store.ledger.settle(
                    delivery,
                    step.state,
                    at=now,
                    message_id=step.message_id,
                    reason=step.reason,
                    due=step.due,
                )
    return len(left)


def _recovered(store: Store, row: Delivery, now: datetime, reads_back: Collection[Platform]) -> Step | None:
    """What follows for a row that a dead process left; None = it is looked up later."""
    if message := store.ledger.accepted(row):
        return Step(DeliveryState.SENT, message_id=message)
    gone = store.ledger.may_have_gone(row)
    if gone and row.parts and row.chat.platform in reads_back:
        return None
    return interrupted(row, _subscriber(store, row), now, gone=gone)


def reads_back(door: Door | None) -> bool:
    """Whether our own messages can be looked up there."""
    return hasattr(door, "find")


async def reconcile(
    store: Store, doors: Mapping[Platform, Door], pacer: Pacer, *, now: datetime
) -> tuple[tuple[Delivery, Step], ...]:
    """What follows for the parts left in the air on platforms that can be read back: found, it is
    SENT; not there after SETTLE, it is planned again; not to be told within minutes, the policy
    settles it. One look-up per tenant at a time. To be called while nothing is being sent.
    """
    chosen = [
        row
        for row in store.ledger.interrupted()
        if row.parts and reads_back(doors.get(row.chat.platform)) and _turn(row, pacer, now)
    ]
    found = await asyncio.gather(*(_look(store, doors[row.chat.platform], row) for row in chosen))
    steps = []
    for row, message in zip(chosen, found, strict=True):
        if message is None:
            pacer.looked[row.chat.platform, row.chat.tenant] = now + _REFUSED
        step = settled(row, message, _subscriber(store, row), now)
        if step is not None:
            log.info("%s part %d of %s: read back, %s", row.chat.platform, row.part, row.week, step.state)
            steps.append((row, step))
    return tuple(steps)


def settled(row: Delivery, message: str | None, subscriber: Subscriber, now: datetime) -> Step | None:
    """What follows from a look-up; None = look again later. Pure."""
    age = now - (row.updated_at or row.due)
    if message:
        return Step(DeliveryState.SENT, message_id=message)
    if message == "" and age >= SETTLE:
        return interrupted(row, subscriber, now, gone=False)
    if message is None and age >= _GIVE_UP:
        return after(row, Outcome("unknown", reason="reason.interrupted"), subscriber, now)
    return None


def look_again(
    store: Store, doors: Mapping[Platform, Door], pacer: Pacer, now: datetime
) -> Sequence[datetime]:
    """When parts in the air should be looked up again; empty when there are none."""
    return [
        max((row.updated_at or now) + SETTLE, pacer.looked.get((row.chat.platform, row.chat.tenant), now))
        for row in store.ledger.interrupted()
        if row.parts and reads_back(doors.get(row.chat.platform))
    ]


def _turn(row: Delivery, pacer: Pacer, now: datetime) -> bool:
    """Whether this tenant may be asked now; then it is its turn."""
    key = (row.chat.platform, row.chat.tenant)
    if pacer.looked.get(key, now) > now:
        return False
    pacer.looked[key] = now + _BETWEEN
    return True


async def _look(store: Store, door: Door, row: Delivery) -> str | None:
    first = first_message(store, row)
    since = (row.updated_at or row.due) - _SKEW
    try:
        return await cast(ReadsBack, door).find(row.chat, row.content, first=first, since=since)
    except Exception:
        log.exception("the door to %s raised while reading back", row.chat.platform)
        return None


def first_message(store: Store, head: Delivery) -> str:
    """The message id of part 0 of the same digest; "" for part 0 itself."""
    if head.part == 0:
        return ""
    return store.ledger.message_of(head.chat, head.week)


def _subscriber(store: Store, delivery: Delivery) -> Subscriber:
    return store.ledger.subscriber(delivery.chat) or Subscriber(delivery.chat, policy=store.defaults.policy)
