"""The weekly push, planned: which chats are due, and what each of them gets.

Every due slot of a chat is decided once, and the decision is written down together with the
chat's next time, so that a restart, another process or a wrong clock cannot decide it again.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain, islice

from handlers.schedule import week_of
from handlers.slots import Book, Decision, Skip, Wait, decide, due_slot, moved_on, row_of
from handlers.subscription import (
    FARTHEST,
    activate,
    deactivate,
    mended,
    pause,
    reschedule,
    resume,
    suspend,
    widened,
)
from store.bundle import Store
from store.errors import StoreError
from store.model import Chat, Delivery, DeliveryState, Edition, Story, Subscriber, SubscriberState

__all__ = [
    "Planned", "Skipped", "activate", "deactivate", "mend", "pause", "plan", "reschedule", "resume",
    "send_now", "suspend",
]  # fmt: skip

log = logging.getLogger(__name__)

_PAGE = 1000
_TOGETHER = 100  # chats whose decisions are one transaction: some tens of milliseconds
_HAIR = timedelta(microseconds=1)
_HAS = {DeliveryState.PLANNED, DeliveryState.SENDING, DeliveryState.SENT, DeliveryState.UNKNOWN}


@dataclass(frozen=True, slots=True)
class Skipped:
    """A chat that gets nothing for a slot, and why (a words key). Not `final` = may still come."""

    chat: Chat
    week: str
    reason: str
    final: bool


@dataclass(frozen=True, slots=True)
class Planned:
    """What a plan decided."""

    booked: tuple[Delivery, ...] = ()
    skipped: tuple[Skipped, ...] = ()


def plan(store: Store, *, now: datetime, dry_run: bool = False, limit: int | None = None) -> Planned:
    """Decide every slot that is due at `now`. A dry run decides the same and writes nothing.

    With a `limit` it stops after so many decisions that were written; the rest stay due. While
    all pushes are held nothing is decided.
    """
    if not dry_run and "push" in store.ledger.holds():
        return Planned()
    return _Plan(store, now, dry_run=dry_run).run(limit)


class _Plan:
    """One look at everything that is due."""

    def __init__(self, store: Store, now: datetime, *, dry_run: bool) -> None:
        self._store = store
        self._now = now
        self._dry_run = dry_run
        self._booked: list[Delivery] = []
        self._skipped: list[Skipped] = []
        self._final = 0
        self._newest: dict[datetime, Edition | None] = {}
        self._stories: dict[str, tuple[Story, ...]] = {}
        self._asked: Sequence[Chat] = ()  # the chats that are decided together
        self._holders: dict[str, Collection[Chat]] = {}  # which of them have an edition already

    def run(self, limit: int | None) -> Planned:
        self._heal()
        due = chain(tuple(self._resumed()), self._due(limit))
        while not self._enough(limit) and (some := tuple(islice(due, _TOGETHER))):
            with nullcontext() if self._dry_run else self._store.ledger.transaction():
                self._several(some, limit)
        return Planned(tuple(self._booked), tuple(self._skipped))

    def _several(self, subscribers: Sequence[Subscriber], limit: int | None) -> None:
        self._asked = [subscriber.chat for subscriber in subscribers]
        self._holders.clear()
        for subscriber in subscribers:
            if self._enough(limit):
                return
            try:
                self._chat(subscriber)
            except StoreError:
                raise
            except Exception:
                log.exception("cannot plan for %s", subscriber.chat)
                week = self._now.strftime("%G-W%V")
                self._skipped.append(Skipped(subscriber.chat, week, "reason.error", final=False))

    def _enough(self, limit: int | None) -> bool:
        return limit is not None and len(self._booked) + self._final >= limit

    def _heal(self) -> None:
        """A clock that was years ahead moved every chat on: where the first one shows it, mend all."""
        sample = self._store.ledger.subscribers(state=SubscriberState.ACTIVE, limit=1)
        if not self._dry_run and any(mended(one, self._now) != one for one in sample):
            log.warning("mended the next time of %d chats", mend(self._store, now=self._now))

    def _due(self, wanted: int | None) -> Iterator[Subscriber]:
        """All that are due, read as they are needed: those that wait must not hide those behind."""
        seen: set[Chat] = set()
        limit = _PAGE if wanted is None else min(_PAGE, wanted)
        while True:
            due = self._store.ledger.due_subscribers(self._now, limit=limit)
            fresh = [subscriber for subscriber in due if subscriber.chat not in seen]
            seen.update(subscriber.chat for subscriber in fresh)
            yield from fresh
            if len(due) < limit:
                return
            if not fresh:
                limit *= 4

    def _resumed(self) -> Iterator[Subscriber]:
        """Chats whose pause has run out, active again from its end; written unless it is a dry run."""
        for subscriber in tuple(_all(self._store, SubscriberState.PAUSED)):
            if subscriber.paused_until is None or subscriber.paused_until > self._now:
                continue
            active = resume(subscriber, subscriber.paused_until)
            if not self._dry_run:
                self._store.ledger.put_subscriber(active)
            elif due_slot(active, self._now) is not None:
                yield active

    def _chat(self, subscriber: Subscriber) -> None:
        """Decide a chat's slots: several missed weeks are one skip, then the latest is decided."""
        for _ in range(2):
            decision = self._decided(subscriber)
            if decision is None:
                return
            if isinstance(decision, Wait):
                self._tell(subscriber, decision, final=False)
                return
            after = self._keep(subscriber, decision)
            if after is None:
                return
            subscriber = after

    def _decided(self, subscriber: Subscriber) -> Decision | None:
        slot = due_slot(subscriber, self._now)
        if slot is None:
            return None
        newest = self._newest_by(min(self._now, slot + self._store.defaults.late))
        return decide(
            widened(subscriber, self._store.catalogue),
            newest,
            self._stories_of(newest),
            held=self._held(subscriber, newest),
            now=self._now,
            defaults=self._store.defaults,
        )

    def _keep(self, subscriber: Subscriber, decision: Book | Skip) -> Subscriber | None:
        """Write a decision; None when somebody else decided this slot."""
        after, row = moved_on(subscriber, decision), row_of(subscriber, decision, self._now)
        if not self._dry_run and not self._write(subscriber, after, row):
            return None
        if isinstance(decision, Book):
            self._booked.append(row)
        else:
            self._tell(subscriber, decision, final=True)
        return after

    def _write(self, before: Subscriber, after: Subscriber, row: Delivery) -> bool:
        ledger = self._store.ledger
        if ledger.book(after, row, expected_next_at=before.next_at):
            return True
        current = ledger.subscriber(before.chat)
        if current == before:  # the week is recorded already: only the chat has to move on
            ledger.put_subscriber(replace(after, last_edition=before.last_edition))
        return False

    def _tell(self, subscriber: Subscriber, decision: Skip | Wait, *, final: bool) -> None:
        week = week_of(decision.slot, subscriber.schedule.zone)
        self._final += final
        self._skipped.append(Skipped(subscriber.chat, week, decision.reason, final=final))

    def _newest_by(self, until: datetime) -> Edition | None:
        if until not in self._newest:
            self._newest[until] = self._store.library.newest_published(until=until)
        return self._newest[until]

    def _stories_of(self, edition: Edition | None) -> tuple[Story, ...]:
        if edition is None:
            return ()
        if edition.id not in self._stories:
            self._stories[edition.id] = self._store.library.stories_of(edition.id)
        return self._stories[edition.id]

    def _held(self, subscriber: Subscriber, newest: Edition | None) -> frozenset[str]:
        """The newest edition's id, where the chat has it already (sent outside the weekly slot)."""
        if newest is None or newest.id <= subscriber.last_edition:
            return frozenset()
        if newest.id not in self._holders:
            self._holders[newest.id] = self._store.ledger.holders(newest.id, self._asked)
        return frozenset({newest.id} if subscriber.chat in self._holders[newest.id] else ())


def _all(store: Store, state: SubscriberState) -> Iterator[Subscriber]:
    offset = 0
    while True:
        page = store.ledger.subscribers(state=state, offset=offset, limit=_PAGE)
        yield from page
        if len(page) < _PAGE:
            return
        offset += _PAGE


def mend(store: Store, *, now: datetime) -> int:
    """Give every subscriber whose next time cannot be right a right one; how many there were.

    For the start of a program and after a clock was found wrong: reads those alone.
    """
    count = 0
    while wrong := store.ledger.astray_subscribers(now + FARTHEST - _HAIR, limit=_PAGE):
        changed = [after for before in wrong if (after := mended(before, now)) != before]
        for subscriber in changed:
            store.ledger.put_subscriber(subscriber)
        count += len(changed)
        if len(changed) < len(wrong):  # the clock is not set: nothing can be told yet
            break
    return count


def send_now(store: Store, chat: Chat, edition: Edition, *, now: datetime) -> Delivery:
    """Book one extra push outside the weekly slot, which stays as it is.

    Asked twice in a week for the same edition it is the same booking, unless the first came to
    nothing (failed, skipped).
    """
    known = store.ledger.subscriber(chat) or Subscriber(
        chat, schedule=store.defaults.schedule, policy=store.defaults.policy
    )
    week = f"{week_of(now, known.schedule.zone)}+{edition.id}"
    rows = [row for row in store.ledger.deliveries(chat, limit=1000) if row.week.startswith(week)]
    for row in rows:
        if row.state in _HAS:
            return row
    tries = len({row.week for row in rows})
    booking = Delivery(
        chat=chat,
        week=f"{week}+{tries + 1}" if tries else week,
        edition=edition.id,
        part=0,
        parts=0,
        state=DeliveryState.PLANNED,
        due=now,
        updated_at=now,
    )
    store.ledger.book(known, booking, expected_next_at=None)
    return booking
