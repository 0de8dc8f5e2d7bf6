"""Composing what was booked: an edition, as one chat gets it, in its door's parts."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from handlers.broadcast import is_broadcast, kept, message
from handlers.door import Door
from handlers.outcome import COMPOSE_TRIES, Step
from store.bundle import Store
from store.errors import StoreError
from store.model import (
    Delivery,
    DeliveryState,
    Edition,
    Language,
    Platform,
    Story,
    Subscriber,
    SubscriberState,
)

log = logging.getLogger(__name__)

_KEPT = 64  # digests remembered: most chats ask for the same

_STOPPED = {
    SubscriberState.NONE: "reason.unsubscribed",
    SubscriberState.PAUSED: "reason.paused",
    SubscriberState.SUSPENDED: "reason.suspended",
}

_Wish = tuple[object, ...]


class Composer:
    """One drain's composing: editions are read once, and a digest that many chats want is made once."""

    def __init__(self, store: Store, doors: Mapping[Platform, Door]) -> None:
        self._store = store
        self._doors = doors
        self._editions: dict[str, tuple[Edition, tuple[Story, ...]] | None] = {}
        self._made: dict[_Wish, Sequence[str] | Step] = {}

    def compose(self, booking: Delivery, subscriber: Subscriber, now: datetime) -> Sequence[str] | Step:
        """The parts of a booking that was marked, or what becomes of it instead. StoreError passes."""
        if booking.parts:  # another process has composed it since
            return Step(DeliveryState.PLANNED, due=booking.due)
        try:
            return self._parts(booking, subscriber, now)
        except StoreError:
            raise
        except Exception:
            log.exception("cannot compose %s for %s", booking.edition, booking.chat)
            return _poison(booking, now)

    def known(self, booking: Delivery, subscriber: Subscriber) -> Sequence[str] | Step | None:
        """The same, where this drain has made it already, for another chat; None where it has not."""
        return self._made.get(self._wish(booking, subscriber))

    def _wish(self, booking: Delivery, subscriber: Subscriber) -> _Wish:
        return (
            *(booking.edition, booking.chat.platform, subscriber.language or self._store.defaults.language),
            *(subscriber.follows, subscriber.mutes, subscriber.length, subscriber.layout),
        )

    def _parts(self, booking: Delivery, subscriber: Subscriber, now: datetime) -> Sequence[str] | Step:
        language: Language = subscriber.language or self._store.defaults.language
        if is_broadcast(booking.edition):
            return self._broadcast(booking, subscriber, language)
        wish = self._wish(booking, subscriber)
        if wish not in self._made:
            if len(self._made) >= _KEPT:
                self._made.clear()
            self._made[wish] = self._digest(booking, subscriber, language, now)
        return self._made[wish]

    def _broadcast(
        self, booking: Delivery, subscriber: Subscriber, language: Language
    ) -> Sequence[str] | Step:
        """Unlike what /send sends, it is for those who subscribe, at the moment it goes."""
        if subscriber.state is not SubscriberState.ACTIVE:
            return Step(DeliveryState.SKIPPED, reason=_STOPPED[subscriber.state])
        wish = (booking.edition, booking.chat.platform, language)
        if wish not in self._made:
            found = kept(booking.edition, self._store)
            self._made[wish] = (
                Step(DeliveryState.FAILED, reason="reason.broadcast_gone")
                if found is None
                else self._doors[booking.chat.platform].parts(message(found, language))
            )
        return self._made[wish]

    def _digest(
        self, booking: Delivery, subscriber: Subscriber, language: Language, now: datetime
    ) -> Sequence[str] | Step:
        from handlers.compose import digest

        found = self._edition(booking.edition)
        if found is None:
            return Step(DeliveryState.FAILED, reason="reason.no_edition")
        reply = digest(*found, subscriber, self._store, language=language, now=now)
        if empty := reply.tags.get("empty"):
            return Step(DeliveryState.SKIPPED, reason=f"reason.{'muted' if empty == 'muted' else 'empty'}")
        if subscriber.layout == "rich":
            reply = replace(reply, rich=True)
        return self._doors[booking.chat.platform].parts(reply)

    def _edition(self, edition_id: str) -> tuple[Edition, tuple[Story, ...]] | None:
        if edition_id not in self._editions:
            library = self._store.library
            edition = library.edition(edition_id)
            found = None if edition is None else (edition, library.stories_of(edition_id))
            self._editions[edition_id] = found
        return self._editions[edition_id]


def _poison(claimed: Delivery, now: datetime) -> Step:
    if claimed.attempts >= COMPOSE_TRIES:
        return Step(DeliveryState.FAILED, reason="reason.compose")
    return Step(DeliveryState.PLANNED, reason="reason.compose", due=now + timedelta(minutes=claimed.attempts))
