"""Settling: what became of the parts that were sent is written down, and what follows from it is done."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from handlers.chats import moved, refused
from handlers.door import Door, Outcome
from handlers.drained import Drained
from handlers.heads import Heads
from handlers.limits import Pacer
from handlers.outcome import Step, after
from handlers.reconcile import SETTLE, reads_back
from store.bundle import Store
from store.model import Chat, Delivery, DeliveryState, Platform, Subscriber

log = logging.getLogger(__name__)

_DEAD_FOR = timedelta(minutes=10)  # how long a tenant that refuses our token is left alone


@dataclass(frozen=True, slots=True)
class Flight:
    """A part that was marked and is being sent."""

    part: Delivery
    subscriber: Subscriber
    first: str


class Settler:
    """One drain's settling. Every write is the ledger's own, in the caller's transaction if there is one."""

    def __init__(
        self,
        store: Store,
        doors: Mapping[Platform, Door],
        pacer: Pacer,
        clock: Callable[[], datetime],
        heads: Heads,
    ) -> None:
        self._store = store
        self._doors = doors
        self._pacer = pacer
        self._clock = clock
        self._heads = heads
        self._counts = dict.fromkeys(DeliveryState, 0)

    def landed(self, flight: Flight, outcome: Outcome | Step) -> None:
        """The answer to a part that was sent, or what follows where it was not."""
        part, now = flight.part, self._clock()
        if isinstance(outcome, Step):
            self.settle(part, outcome)
            return
        if outcome.kind not in {"sent", "gone"}:
            name = part.chat.platform
            log.info("%s part %d of %s: %s %s", name, part.part, part.week, outcome.kind, outcome.detail)
        self._note(part, outcome, now)
        if outcome.kind == "unknown" and reads_back(self._doors[part.chat.platform]):
            self._heads.later.append((part.updated_at or now) + SETTLE)
            return  # it stays SENDING until it has been looked up
        self.settle(part, after(part, outcome, flight.subscriber, now))

    def _note(self, part: Delivery, outcome: Outcome, now: datetime) -> None:
        """What an outcome teaches the budget."""
        chat = part.chat
        if outcome.kind == "sent":
            self._pacer.ramp.succeeded()
        if outcome.kind == "dead":
            self._heads.stopped[chat.platform, chat.tenant] = None
            self._pacer.hold("door", chat, now + _DEAD_FOR)
        elif outcome.kind == "gone" or (outcome.kind == "sent" and part.part == 0):
            self._pacer.refusals.note(chat, gone=outcome.kind == "gone")
            if name := self._pacer.refusals.too_many(chat):
                self._hold(name, chat, now)

    def _hold(self, name: str, chat: Chat, now: datetime) -> None:
        """Too many chats refuse: held until somebody has looked, also over a restart."""
        self._store.ledger.hold(name, "reason.refusing", at=now)
        self._heads.holds[name] = "reason.refusing"
        self._pacer.refusals.clear(chat)

    def settle(self, delivery: Delivery, step: Step) -> None:
        """Write down what became of a part, and what follows from it for its chat."""
        ledger, now = self._store.ledger, self._clock()
        if step.drop_rest:  # first, so that a crash in between cannot let the rest go out
            self._counts[DeliveryState.FAILED] += ledger.drop_rest(delivery, at=now, reason=step.reason)
            refused(self._store, delivery.chat, step.reason, now)
        ledger.settle(
            delivery, step.state, at=now, message_id=step.message_id, reason=step.reason, due=step.due
        )
        self._counts[step.state] += 1
        if step.due is not None:
            self._heads.later.append(step.due)
        if step.moved_to:
            moved(self._store, delivery.chat, step.moved_to, now)

    def drained(self) -> Drained:
        holds = self._heads.holds
        return Drained(
            sent=self._counts[DeliveryState.SENT],
            failed=self._counts[DeliveryState.FAILED],
            unknown=self._counts[DeliveryState.UNKNOWN],
            skipped=self._counts[DeliveryState.SKIPPED],
            waiting=self._store.ledger.delivery_counts().get(DeliveryState.PLANNED, 0),
            next_at=self._heads.next_at(),
            stopped=tuple(self._heads.stopped),
            paused=tuple(name for name in sorted(holds) if name.partition(":")[0] in self._doors),
            held=holds.get("push", ""),
        )
