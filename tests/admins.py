"""A bot with chats and issues, run by one of its admins: for tests of what admins type."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from handlers.message import Attachment, Reply
from handlers.sample import sample_text
from handlers.weekly import plan
from store.bundle import Store
from store.model import (
    Chat,
    Delivery,
    DeliveryState,
    Subscriber,
    SubscriberState,
)
from tests.asks import buttons, told
from tests.build import NOON, a_week
from tests.presses import press

SLOT = datetime(2026, 11, 30, tzinfo=UTC)
ISSUE = sample_text()
EDITION = "2017-W47"


def a_chat(store: Store, number: int, **fields: object) -> Chat:
    """One more active subscriber."""
    active = Subscriber(Chat("telegram", "100", str(number)), state=SubscriberState.ACTIVE, next_at=SLOT)
    subscriber = replace(active, **fields)  # type: ignore[arg-type]
    store.ledger.put_subscriber(subscriber)
    return subscriber.chat


def published(store: Store) -> Store:
    """Two editions, one of them published, and four chats, one of which has it already and one pauses."""
    store.library.put_edition(*a_week("2026-W47", title="Week 47", number=47))
    store.library.put_edition(*a_week("2026-W48", title="Week 48"))
    store.library.publish_edition("2026-W47", NOON)
    a_chat(store, 3, next_at=NOON)
    plan(store, now=NOON)
    a_chat(store, 1)
    a_chat(store, 2)
    a_chat(store, 4, state=SubscriberState.PAUSED, next_at=None)
    return store


async def run(store: Store, text: str, **fields: object) -> Reply:
    """The answer to one who runs the bot."""
    return await told(store, text, **{"admin": True, **fields})


async def uploaded(store: Store, text: str = ISSUE, name: str = "issue.txt", **fields: object) -> Reply:
    return await run(store, "", attachment=Attachment(name, text.encode()), **fields)


def decision(reply: Reply, verb: str) -> str:
    """The command of the button that decides so."""
    return next(command for command in buttons(reply).values() if command.startswith(f"/import {verb} "))


async def decide(store: Store, reply: Reply, verb: str) -> Reply:
    return await press(store, reply, decision(reply, verb), admin=True)


def waiting(store: Store) -> list[Delivery]:
    rows = store.ledger.deliveries(state=DeliveryState.PLANNED, limit=100)
    return [row for row in rows if "+" in row.week]
