"""The chat that asks, as a subscriber: for tests of the handlers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from store.bundle import Store
from store.model import Subscriber, SubscriberState
from tests.asks import CHAT
from tests.build import NOON

MONDAYS = ["11월 30일(월) 09:00 KST", "12월 7일(월) 09:00 KST", "12월 14일(월) 09:00 KST"]


def kept(store: Store) -> Subscriber:
    """What the ledger holds of the chat that asks."""
    subscriber = store.ledger.subscriber(CHAT)
    assert subscriber is not None
    return subscriber


def put(store: Store, **fields: object) -> Subscriber:
    """The chat as a subscriber, with any field replaced."""
    active = Subscriber(
        CHAT,
        state=SubscriberState.ACTIVE,
        next_at=datetime(2026, 11, 30, tzinfo=UTC),
        created_at=NOON - timedelta(days=40),
    )
    subscriber = replace(active, **fields)  # type: ignore[arg-type]
    store.ledger.put_subscriber(subscriber)
    return subscriber
