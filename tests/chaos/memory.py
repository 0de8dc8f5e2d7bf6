"""A ledger and a library that forget: as much of them as the planner asks for, for ten years in a minute.

What the real ones keep of the same is shown by the same proof over a sample of the zones.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from store.model import Chat, Delivery, DeliveryState, Edition, Story, Subscriber, SubscriberState


class MemoryLedger:
    """store.ledger.Ledger, as far as handlers/weekly.py and handlers/holds.py go."""

    def __init__(self) -> None:
        self._chats: dict[Chat, Subscriber] = {}
        self._rows: dict[Chat, dict[str, Delivery]] = {}
        self._holds: dict[str, str] = {}
        self._seen: datetime | None = None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        yield

    def subscriber(self, chat: Chat) -> Subscriber | None:
        return self._chats.get(chat)

    def put_subscriber(self, subscriber: Subscriber) -> None:
        self._chats[subscriber.chat] = subscriber

    def subscribers(
        self, *, state: SubscriberState | None = None, offset: int = 0, limit: int = 50
    ) -> tuple[Subscriber, ...]:
        if state is SubscriberState.ACTIVE and limit == 1:  # asked at every tick; all are active here
            return tuple(one for one, _ in zip(self._chats.values(), range(1), strict=False))
        found = [one for one in self._chats.values() if state in {None, one.state}]
        return tuple(found[offset : offset + limit])

    def due_subscribers(self, now: datetime, *, limit: int = 1000) -> tuple[Subscriber, ...]:
        found = [one for one in self._chats.values() if one.next_at is not None and one.next_at <= now]
        return tuple(sorted(found, key=_next_at)[:limit])

    def astray_subscribers(self, after: datetime, *, limit: int = 1000) -> tuple[Subscriber, ...]:
        found = (one for one in self._chats.values() if one.next_at is None or one.next_at > after)
        return tuple(found)[:limit]

    def book(self, after: Subscriber, delivery: Delivery, *, expected_next_at: datetime | None) -> bool:
        rows = self._rows.setdefault(delivery.chat, {})
        if self._chats[delivery.chat].next_at != expected_next_at or delivery.week in rows:
            return False
        rows[delivery.week] = delivery
        self._chats[after.chat] = after
        return True

    def settle(self, delivery: Delivery, state: DeliveryState, *, at: datetime, message_id: str = "") -> None:
        del state, at, message_id
        assert delivery.week in self._rows[delivery.chat]

    def holders(self, edition: str, chats: Collection[Chat]) -> Collection[Chat]:
        return {
            chat
            for chat in chats
            for row in self._rows.get(chat, {}).values()
            if row.edition == edition and row.state is not DeliveryState.SKIPPED
        }

    def holds(self) -> dict[str, str]:
        return self._holds

    def hold(self, name: str, reason: str, *, at: datetime) -> None:
        del at
        self._holds.setdefault(name, reason)

    def release(self, name: str) -> None:
        self._holds.pop(name, None)

    def seen(self, *, at: datetime) -> None:
        if self._seen is None or not timedelta() <= at - self._seen < timedelta(minutes=1):
            self._seen = at

    def last_seen(self) -> datetime | None:
        return self._seen

    def prune(self, *, now: datetime) -> int:
        del now
        return 0

    def close(self) -> None:
        """Nothing was opened."""


def _next_at(subscriber: Subscriber) -> datetime:
    assert subscriber.next_at is not None
    return subscriber.next_at


class MemoryLibrary:
    """store.library.Library, as far as handlers/weekly.py goes: editions in the order of their days."""

    def __init__(self) -> None:
        self._stories: dict[str, tuple[Story, ...]] = {}
        self._editions: dict[str, Edition] = {}
        self._published: list[tuple[datetime, Edition]] = []

    def put_edition(self, edition: Edition, stories: list[Story]) -> None:
        self._editions[edition.id], self._stories[edition.id] = edition, tuple(stories)

    def publish_edition(self, edition_id: str, at: datetime) -> None:
        self._published.append((at, self._editions[edition_id]))

    def newest_published(self, *, until: datetime) -> Edition | None:
        return next((one for at, one in reversed(self._published) if at <= until), None)

    def stories_of(self, edition_id: str) -> tuple[Story, ...]:
        return self._stories[edition_id]

    def close(self) -> None:
        """Nothing was opened."""
