"""Delivering what was booked: claim, compose, send part by part, settle each.

A part is marked before it is sent and settled after, both durable, so that at any moment the
ledger knows which parts were never tried, which are done, and which nobody can tell. The parts of
one chat go in order, one at a time; several chats are in flight at once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from handlers.chats import moved, refused
from handlers.door import Door, Outcome
from handlers.limits import Pacer
from handlers.message import Reply
from handlers.outcome import COMPOSE_TRIES, Step, after, backoff
from handlers.quiet import makes_no_sound
from handlers.reconcile import SETTLE, first_message, look_again, reads_back, reconcile, recover
from handlers.sending import Going, sent
from store.bundle import Store
from store.errors import StoreError
from store.model import (
    Chat,
    Delivery,
    DeliveryState,
    Edition,
    Language,
    Platform,
    Story,
    Subscriber,
    SubscriberState,
)

__all__ = ["Drained", "Step", "after", "drain", "recover"]

log = logging.getLogger(__name__)

Clock = Callable[[], datetime]

IN_FLIGHT = 8
_GRACE = 10.0  # seconds that what is in flight is given when we are told to stop
_DEAD_FOR = timedelta(minutes=10)  # how long a tenant that refuses our token is left alone
_LOOK = 200


@dataclass(frozen=True, slots=True)
class Drained:
    """What a drain did: parts `sent`, `failed`, `unknown`, `skipped` now; `waiting` still planned.

    `next_at` = when more may be sent or is due (None = nothing known of). `stopped` are (platform,
    tenant) that refuse our credentials. `paused` doors are held because too many chats refuse, `held`
    is why all of them are (a words key): nothing is sent until somebody has looked (Ledger.release).
    """

    sent: int = 0
    failed: int = 0
    unknown: int = 0
    skipped: int = 0
    waiting: int = 0
    next_at: datetime | None = None
    stopped: tuple[tuple[Platform, str], ...] = ()
    paused: tuple[Platform, ...] = ()
    held: str = ""

    def plus(self, later: Drained) -> Drained:
        """Both together: counts add up, the rest is as `later` found it."""
        return replace(
            later,
            sent=self.sent + later.sent,
            failed=self.failed + later.failed,
            unknown=self.unknown + later.unknown,
            skipped=self.skipped + later.skipped,
            stopped=tuple(dict.fromkeys((*self.stopped, *later.stopped))),
            paused=tuple(dict.fromkeys((*self.paused, *later.paused))),
        )


async def drain(
    store: Store, doors: Mapping[Platform, Door], pacer: Pacer, *, clock: Clock, in_flight: int = IN_FLIGHT
) -> Drained:
    """Send everything that is due and permitted now; never waits for a budget, but says until when.

    One drain at a time. A StoreError ends it before anything more is sent. However it ends, what is
    in flight gets ten seconds to be settled; what is not settled then is recover()'s.
    """
    run = _Run(store, doors, pacer, clock)
    await run.reconcile()
    busy: dict[asyncio.Task[None], Chat] = {}
    try:
        while True:
            for head in run.heads(set(busy.values()), room=pacer.ramp.room(in_flight) - len(busy)):
                busy[asyncio.create_task(run.deliver(head))] = head.chat
            if not busy:
                return run.drained()
            done, _ = await asyncio.wait(busy, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                del busy[task]
                task.result()
    except BaseException:
        if busy:
            await asyncio.wait(busy, timeout=_GRACE)
        raise
    finally:
        for task in busy:
            task.cancel()
        await asyncio.gather(*busy, return_exceptions=True)


class _Run:
    """One drain's memory."""

    def __init__(self, store: Store, doors: Mapping[Platform, Door], pacer: Pacer, clock: Clock) -> None:
        self._store = store
        self._doors = doors
        self._pacer = pacer
        self._clock = clock
        self._queue: list[Delivery] = []
        self._counts = dict.fromkeys(DeliveryState, 0)
        self._stopped: dict[tuple[Platform, str], None] = {}
        self._later: list[datetime] = []
        self._looked = clock()
        self._editions: dict[str, tuple[Edition, tuple[Story, ...]] | None] = {}
        self._holds = dict(store.ledger.holds())
        pacer.ramp.begin(unclean=store.ledger.unclean())

    async def reconcile(self) -> None:
        """Settle what is in the air since before, where it can be read back."""
        for row, step in await reconcile(self._store, self._doors, self._pacer, now=self._clock()):
            self._settle(row, step)
        self._later += look_again(self._store, self._doors, self._pacer, self._clock())

    # choosing

    def heads(self, busy: set[Chat], *, room: int) -> list[Delivery]:
        """Up to `room` parts that may be sent now, each of another chat that is not busy."""
        chosen: list[Delivery] = []
        taken = set(busy)
        fresh = False
        while len(chosen) < room:
            if not self._queue:
                if fresh:
                    break
                self._queue, fresh = self._look(taken), True
                continue
            head = self._queue.pop(0)
            now = self._clock()
            if head.chat not in taken and self._ready(head, now) <= now:
                chosen.append(head)
                taken.add(head.chat)
        return chosen

    def _look(self, taken: set[Chat]) -> list[Delivery]:
        """What is due and may go now. Rows that have to wait must not hide those behind them."""
        limit = _LOOK
        while True:
            now = self._looked = self._clock()
            busy = self._pacer.busy_doors(now)
            due = self._store.ledger.due_deliveries(now, limit=limit, without=busy.keys())
            self._later = [at for at in self._later if at > now]
            if busy and (self._store.ledger.next_due() or now) <= now:
                self._later.append(min(busy.values()))
            open_now = []
            for head in due:
                if head.chat in taken or not self._open(head.chat):
                    continue
                ready = self._ready(head, now)
                if ready <= now:
                    open_now.append(head)
                else:
                    self._later.append(ready)
            if open_now or len(due) < limit:
                self._later = sorted(self._later)[:1]
                return open_now
            limit *= 4

    def _open(self, chat: Chat) -> bool:
        platform = chat.platform
        return (
            platform in self._doors
            and (platform, chat.tenant) not in self._stopped
            and platform not in self._holds
            and "push" not in self._holds
        )

    def _ready(self, head: Delivery, now: datetime) -> datetime:
        group = self._doors[head.chat.platform].is_group(head.chat)
        return self._pacer.ready(head.chat, group, now)

    # doing

    async def deliver(self, head: Delivery) -> None:
        """One step for one chat: its digest is composed, or its next part is sent."""
        ledger, now = self._store.ledger, self._clock()
        subscriber = ledger.subscriber(head.chat) or Subscriber(head.chat)
        reason = _no_longer(head, subscriber, now, self._store.defaults.fresh)
        if reason:
            self._settle(head, Step(DeliveryState.SKIPPED, reason=reason))
        elif head.parts == 0:
            self._compose(head, subscriber)
        else:
            await self._send(head, subscriber)

    async def _send(self, head: Delivery, subscriber: Subscriber) -> None:
        door = self._doors[head.chat.platform]
        first = first_message(self._store, head)
        now = self._clock()
        if self._ready(head, now) > now or not self._open(head.chat):
            return  # others were faster: the row stays as it is
        sending = self._store.ledger.mark_sending(head, at=now)
        if sending is None:
            return
        self._pacer.took(head.chat, door.is_group(head.chat), now)
        going = Going(self._store.ledger, sending)
        outcome = await sent(door, sending, first, going, silent=makes_no_sound(subscriber, now))
        going.check()
        if outcome.kind not in {"sent", "gone"}:
            log.info(
                "%s part %d of %s: %s %s",
                head.chat.platform,
                head.part,
                head.week,
                outcome.kind,
                outcome.detail,
            )
        self._note(sending, outcome)
        if outcome.kind == "unknown" and reads_back(door):
            self._later.append(now + SETTLE)  # it stays SENDING until it has been looked up
            return
        self._settle(sending, after(sending, outcome, subscriber, self._clock()))

    def _note(self, sending: Delivery, outcome: Outcome) -> None:
        """What an outcome teaches the budget."""
        now, chat = self._clock(), sending.chat
        if outcome.kind == "sent":
            self._pacer.ramp.succeeded()
        if outcome.kind == "wait":
            self._pacer.hold(outcome.scope, chat, now + backoff(sending, outcome))
        elif outcome.kind == "dead":
            self._stopped[chat.platform, chat.tenant] = None
            self._pacer.hold("door", chat, now + _DEAD_FOR)
        elif outcome.kind == "gone" or (outcome.kind == "sent" and sending.part == 0):
            self._pacer.refusals.note(chat, gone=outcome.kind == "gone")
            if self._pacer.refusals.too_many(chat.platform):
                self._hold_platform(chat.platform, now)

    def _hold_platform(self, platform: Platform, now: datetime) -> None:
        """Too many chats refuse: held until somebody has looked, also over a restart."""
        self._store.ledger.hold(platform, "reason.refusing", at=now)
        self._holds[platform] = "reason.refusing"
        self._pacer.refusals.clear(platform)

    def _settle(self, delivery: Delivery, step: Step) -> None:
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
            self._later.append(step.due)
        if step.moved_to:
            moved(self._store, delivery.chat, step.moved_to, now)

    # composing

    def _compose(self, booking: Delivery, subscriber: Subscriber) -> None:
        """Write the booking's parts down. It is marked first: what crashes three times is given up."""
        ledger = self._store.ledger
        claimed = ledger.mark_sending(booking, at=self._clock())
        if claimed is None:
            return
        if claimed.parts:  # another process has composed it since
            self._settle(claimed, Step(DeliveryState.PLANNED, due=claimed.due))
            return
        try:
            composed = self._parts(claimed, subscriber)
        except StoreError:
            raise
        except Exception:
            log.exception("cannot compose %s for %s", booking.edition, booking.chat)
            self._settle(claimed, _poison(claimed, self._clock()))
            return
        if isinstance(composed, Step):
            self._settle(claimed, composed)
        else:
            ledger.write_parts(claimed, composed)

    def _parts(self, booking: Delivery, subscriber: Subscriber) -> Sequence[str] | Step:
        from handlers.compose import digest

        found = self._edition(booking.edition)
        if found is None:
            return Step(DeliveryState.FAILED, reason="reason.no_edition")
        language: Language = subscriber.language or self._store.defaults.language
        reply: Reply = digest(*found, subscriber, self._store, language=language, now=self._clock())
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

    # telling

    def drained(self) -> Drained:
        due = self._store.ledger.next_due()
        later = [*self._later, *([due] if due is not None else ())]
        later = [at for at in later if at > self._looked]  # what came due since then is due now
        return Drained(
            sent=self._counts[DeliveryState.SENT],
            failed=self._counts[DeliveryState.FAILED],
            unknown=self._counts[DeliveryState.UNKNOWN],
            skipped=self._counts[DeliveryState.SKIPPED],
            waiting=self._store.ledger.delivery_counts().get(DeliveryState.PLANNED, 0),
            next_at=min(later, default=None),
            stopped=tuple(self._stopped),
            paused=tuple(p for p in self._doors if p in self._holds),
            held=self._holds.get("push", ""),
        )


def _poison(claimed: Delivery, now: datetime) -> Step:
    if claimed.attempts >= COMPOSE_TRIES:
        return Step(DeliveryState.FAILED, reason="reason.compose")
    return Step(DeliveryState.PLANNED, reason="reason.compose", due=now + timedelta(minutes=claimed.attempts))


_STOPPED: dict[SubscriberState, Literal["reason.unsubscribed", "reason.paused", "reason.suspended"]] = {
    SubscriberState.NONE: "reason.unsubscribed",
    SubscriberState.PAUSED: "reason.paused",
    SubscriberState.SUSPENDED: "reason.suspended",
}


def _no_longer(head: Delivery, subscriber: Subscriber, now: datetime, fresh: timedelta) -> str:
    """Why a part that is due must not go out any more; "" when it may.

    A push outside the weekly slot was asked for by somebody, whatever the chat's subscription.
    """
    weekly = "+" not in head.week
    if weekly and subscriber.state in _STOPPED:
        return _STOPPED[subscriber.state]
    return "reason.stale" if now - head.due > fresh else ""
