"""Editors hear it the day before a slot when there is no new edition to push."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from handlers.chat_settings import button, reply
from handlers.dates import moment_text
from handlers.door import Door
from handlers.lookup import first, small
from handlers.message import Button, Reply
from handlers.schedule import week_of
from store.bundle import Store
from store.model import Chat, Delivery, DeliveryState, Platform, Subscriber

log = logging.getLogger(__name__)

AHEAD = timedelta(days=1)
REMINDER = "+reminder"
"""Ends the week of a delivery that is a reminder, no push."""

_MOST = 1_000


def hungry(store: Store, *, now: datetime) -> tuple[datetime, int] | None:
    """The soonest slot of the next day for which a chat would get nothing, and how many chats; None
    when there is none, or an edition will be published by itself before it is too late.
    """
    newest = store.library.newest_published(until=now)
    newest_id = newest.id if newest else ""
    due = store.ledger.due_subscribers(now + AHEAD, limit=_MOST)
    without = [one for one in due if one.next_at and one.next_at > now and one.last_edition >= newest_id]
    if not without:
        return None
    soonest = min(one.next_at for one in without if one.next_at)
    if any(one.at <= soonest + store.defaults.late for one in store.ledger.publications()):
        return None
    return soonest, len(without)


def remind(store: Store, doors: Mapping[Platform, Door], editors: Collection[Chat], *, now: datetime) -> int:
    """Book a reminder for every editor, once a week; how many were booked. It goes out as any
    push does, so that a kill loses none and doubles none.
    """
    found = hungry(store, now=now) if editors else None
    if found is None or "push" in store.ledger.holds():
        return 0
    slot, count = found
    week = f"{week_of(slot, store.defaults.schedule.zone)}{REMINDER}"
    booked = 0
    for chat in editors:
        door = doors.get(chat.platform)
        if door is None:
            continue
        known = store.ledger.subscriber(chat) or Subscriber(chat)
        booking = Delivery(
            chat, week, "", part=0, parts=0, state=DeliveryState.PLANNED, due=now, updated_at=now
        )
        booked += store.ledger.book(known, booking, expected_next_at=None)
        # Also what a process that died had booked and not written.
        if _unwritten(store, chat, week):
            store.ledger.write_parts(booking, door.parts(_said(known, slot, count, store)))
    return booked


def _unwritten(store: Store, chat: Chat, week: str) -> bool:
    rows = [row for row in store.ledger.deliveries(chat, limit=40) if row.week == week]
    return len(rows) == 1 and rows[0].parts == 0 and rows[0].state is DeliveryState.PLANNED


def _said(editor: Subscriber, slot: datetime, count: int, store: Store) -> Reply:
    spoken = editor.language or store.defaults.language
    moment = moment_text(slot, spoken, store.defaults.schedule.zone)
    waiting = next((one for one in store.library.editions(limit=1) if one.published_at is None), None)
    offers: tuple[Button, ...] = ()
    if waiting is not None:
        offers = (
            button("correct.review", spoken, f"/review {waiting.id}"),
            button("publish.offer", spoken, f"/publish {waiting.id}", edition=waiting.id),
        )
    return reply(
        spoken,
        first("remind.head", spoken, moment=moment, count=count),
        small("remind.publish" if waiting else "remind.import", spoken),
        buttons=(*offers, button("import.status_button", spoken, "/status")),
    )
