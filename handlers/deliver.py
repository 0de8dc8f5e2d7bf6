"""Delivering what was booked: settle, claim, compose, mark, send; a turn at a time.

A part is marked before it is sent and settled after, both durable, so that at any moment the
ledger knows which parts were never tried, which are done, and which nobody can tell. The parts of
one chat go in order, one at a time; several chats are in flight at once. A turn writes what came
back and what goes next for all of them together, so that a disk's slowness is paid once a turn.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from datetime import datetime

from handlers.composing import Composer
from handlers.door import Door, Outcome
from handlers.drained import Drained
from handlers.heads import Heads, alone
from handlers.limits import Pacer
from handlers.outcome import Step, after, backoff, held, no_longer
from handlers.quiet import makes_no_sound
from handlers.reconcile import first_message, look_again, reconcile, recover
from handlers.sending import Going, Held, sent
from handlers.settling import Flight, Settler
from store.bundle import Store
from store.errors import StoreError
from store.model import Delivery, DeliveryState, Platform, Subscriber

__all__ = ["Drained", "Step", "after", "drain", "recover"]

log = logging.getLogger(__name__)

Clock = Callable[[], datetime]
Ahead = Callable[[], bool]

_AT_ONCE = 32  # parts begun in a turn: composing them may take some milliseconds each
_GATHER = 0.004  # seconds after an answer in which others may still join its turn
_GRACE = 10.0  # seconds that what is in flight is given when we are told to stop

_Air = dict[asyncio.Task[Outcome | Step], Flight]
_Made = Sequence[str] | Step


async def drain(
    store: Store,
    doors: Mapping[Platform, Door],
    pacer: Pacer,
    *,
    clock: Clock,
    in_flight: int | None = None,
    ahead: Ahead | None = None,
) -> Drained:
    """Send everything that is due and permitted now; never waits for a budget, but says until when.

    `in_flight` = how many requests at once at most (None = as each door's rates need). `ahead` books
    some more and tells whether it did; it is asked while the last ones are in the air. One drain at
    a time. A StoreError ends it before anything more is sent. However it ends, what is in flight
    gets ten seconds to be settled; what is not settled then is recover()'s.
    """
    run = _Run(store, doors, pacer, clock, in_flight)
    await run.reconcile()
    air: _Air = {}
    try:
        while True:
            chosen, flights = run.turn(air.values())
            for flight in flights:
                air[asyncio.create_task(run.fly(flight))] = flight
            if chosen == _AT_ONCE or (run.is_short() and ahead is not None and ahead()):
                await asyncio.sleep(0)  # more may go now: what was begun goes out first
                run.land(air)
            elif air:
                done, others = await asyncio.wait(air, return_when=asyncio.FIRST_COMPLETED)
                if others and done:
                    await asyncio.wait(others, timeout=_GATHER)
                run.land(air)
            elif chosen:
                await asyncio.sleep(0)  # others' turn
            else:
                return run.settler.drained()
    except BaseException:
        await run.last_call(air)
        raise
    finally:
        for task in air:
            task.cancel()
        await asyncio.gather(*air, return_exceptions=True)


class _Run:
    """One drain's memory."""

    def __init__(
        self, store: Store, doors: Mapping[Platform, Door], pacer: Pacer, clock: Clock, most: int | None
    ) -> None:
        self._store = store
        self._doors = doors
        self._pacer = pacer
        self._clock = clock
        self._heads = Heads(store, doors, pacer, clock, most=most)
        self._composer = Composer(store, doors)
        self._landed: list[tuple[Flight, Outcome | Step]] = []
        self.settler = Settler(store, doors, pacer, clock, self._heads)
        pacer.ramp.begin(unclean=store.ledger.unclean())

    async def reconcile(self) -> None:
        """Settle what is in the air since before, where it can be read back."""
        for row, step in await reconcile(self._store, self._doors, self._pacer, now=self._clock()):
            self.settler.settle(row, step)
        self._heads.later += look_again(self._store, self._doors, self._pacer, self._clock())

    # a turn

    def is_short(self) -> bool:
        """Whether all that is booked and may go has been taken, and more might go."""
        return self._heads.is_short()

    def turn(self, air: Collection[Flight]) -> tuple[int, list[Flight]]:
        """Settle what landed and mark what goes next, in one transaction; where a digest is to be made
        first, claim its booking there, and write it down in a second. How many heads were chosen, and
        what is to be sent now.
        """
        busy = {flight.part.chat for flight in air}
        with self._store.ledger.transaction():
            for flight, outcome in self._landed:
                self.settler.landed(flight, outcome)
            chosen = self._heads.choose(busy, most=_AT_ONCE)
            flights, bookings = self._begun(chosen)
            if bookings:
                bookings += self._heads.more_bookings(chosen, most=_AT_ONCE)
            claimed = [one for head in alone(bookings) if (one := self._claimed(head)) is not None]
        self._landed.clear()
        if claimed:
            made = self._composed(claimed)
            busy.update(flight.part.chat for flight in flights)
            with self._store.ledger.transaction():
                self._heads.put_back(self._written(made))
                chosen_now = self._heads.choose(busy, most=_AT_ONCE, bookings=False)
                asked = {who.chat: who for _, who in claimed}
                flights += filter(None, (self._marked(part, asked.get(part.chat)) for part in chosen_now))
        return len(chosen), flights

    def _begun(self, heads: Sequence[Delivery]) -> tuple[list[Flight], list[Delivery]]:
        """Those that were marked, and the bookings that are to be claimed: the others' digest was made
        for another chat before.
        """
        flights: list[Flight | None] = []
        to_claim: list[Delivery] = []
        # One by one takes three times as long.
        known = self._store.ledger.subscribers_of([head.chat for head in heads])
        for head in heads:
            if head.parts:
                flights.append(self._marked(head, known.get(head.chat)))
            elif head.attempts or (who := self._still(head, known.get(head.chat))) is None:
                to_claim += [head] if head.attempts else []
            elif (made := self._composer.known(head, who)) is None:
                to_claim.append(head)
            else:
                flights.append(self._begun_at_once(head, who, made))
        return [flight for flight in flights if flight is not None], to_claim

    def _begun_at_once(self, booking: Delivery, who: Subscriber, made: _Made) -> Flight | None:
        """Write down and mark a digest that was made for another chat before."""
        now = self._clock()
        if not isinstance(made, Step) and self._heads.may_go(booking):
            part = self._store.ledger.begin_parts(booking, made, at=now)
            if part is not None:
                return self._flight(part, who, now)
        parts = self._written([(booking, made)])
        return self._marked(parts[0], who) if parts else None

    def _claimed(self, booking: Delivery) -> tuple[Delivery, Subscriber] | None:
        """A booking, marked before it is composed: what crashes five times is given up."""
        subscriber = self._still(booking)
        claimed = self._store.ledger.mark_sending(booking, at=self._clock()) if subscriber else None
        return None if claimed is None or subscriber is None else (claimed, subscriber)

    def _still(self, head: Delivery, known: Subscriber | None = None) -> Subscriber | None:
        """Who gets it; None when it must not go out any more, and is skipped. `known` = who it is, where
        that was read in this very turn.
        """
        subscriber = known or self._store.ledger.subscriber(head.chat)
        subscriber = subscriber or Subscriber(head.chat, policy=self._store.defaults.policy)
        reason = no_longer(head, subscriber, self._clock(), self._store.defaults.fresh)
        if reason:
            self.settler.settle(head, Step(DeliveryState.SKIPPED, reason=reason))
            return None
        return subscriber

    def _composed(self, claimed: Sequence[tuple[Delivery, Subscriber]]) -> list[tuple[Delivery, _Made]]:
        now = self._clock()
        return [(booking, self._composer.compose(booking, who, now)) for booking, who in claimed]

    def _written(self, composed: Sequence[tuple[Delivery, _Made]]) -> list[Delivery]:
        """Write down what was composed; the first part of each, for those that may go."""
        first: list[Delivery] = []
        for booking, made in composed:
            if isinstance(made, Step):
                self.settler.settle(booking, made)
            else:
                first += self._store.ledger.write_parts(booking, made)[:1]
        return first

    def _marked(self, part: Delivery, known: Subscriber | None = None) -> Flight | None:
        """The intent to send it; None when it must not, others were faster or used the budget up.
        `known` as in _still().
        """
        if part.state is not DeliveryState.PLANNED or not self._heads.may_go(part):
            return None
        subscriber = self._still(part, known)
        now = self._clock()
        sending = self._store.ledger.mark_sending(part, at=now) if subscriber else None
        if sending is None or subscriber is None:
            return None
        return self._flight(sending, subscriber, now)

    def _flight(self, sending: Delivery, subscriber: Subscriber, now: datetime) -> Flight:
        chat = sending.chat
        self._pacer.took(chat, self._doors[chat.platform].is_group(chat), now)
        return Flight(sending, subscriber, first_message(self._store, sending))

    # in the air

    async def fly(self, flight: Flight) -> Outcome | Step:
        """Send a marked part; a Step when it has to wait, because of an answer to another one that came
        since it was marked. StoreError when the moment could not be noted: then it was not sent.
        """
        part, begun = flight.part, self._clock()
        going = Going(self._store.ledger, part, lambda: self._pacer.held(part.chat, self._clock()))
        door = self._doors[part.chat.platform]
        silent = makes_no_sound(flight.subscriber, begun)
        try:
            outcome = await sent(door, part, flight.first, going, silent=silent)
            going.check()
        except Held as wait:
            return held(part, wait.until)
        if outcome.kind == "wait":
            self._pacer.hold(outcome.scope, part.chat, self._clock() + backoff(part, outcome))
        if outcome.kind == "sent":
            self._pacer.answered(door.platform, (self._clock() - begun).total_seconds())
            with suppress(StoreError):  # then it is in doubt until it is settled
                self._store.ledger.mark_accepted(part, outcome.message_id)
        return outcome

    def land(self, air: _Air) -> None:
        """Take in all that came back. Raises what kept one from being sent, when the others are in."""
        failed: BaseException | None = None
        for task in [task for task in air if task.done()]:
            flight = air.pop(task)
            failed = failed or task.exception()
            if task.exception() is None:
                self._landed.append((flight, task.result()))
        if failed is not None:
            raise failed

    async def last_call(self, air: _Air) -> None:
        """Give what is in flight its time, and write down what comes of it, as far as that goes."""
        if air:
            await asyncio.wait(air, timeout=_GRACE)
        with suppress(Exception):  # what ended the drain is raised
            self.land(air)
        try:
            with self._store.ledger.transaction():
                for flight, outcome in self._landed:
                    self.settler.landed(flight, outcome)
        except StoreError as error:
            log.warning("what was in flight is left to the next start: %s", error)
