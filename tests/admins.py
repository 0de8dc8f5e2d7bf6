"""A bot with chats and issues, run by one of its admins: for tests of what admins type."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from handlers.message import Attachment, Reply
from handlers.sample import sample_text
from store.bundle import Store
from store.model import (
    Chat,
    Delivery,
    DeliveryState,
    Subscriber,
    SubscriberState,
)
from tests.asks import buttons, told
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
