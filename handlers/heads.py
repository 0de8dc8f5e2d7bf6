"""Heads: the next part of every chat that is due, and whether it may go now.

Held to the budgets, to what is held or refuses our credentials, and to how many may be in flight.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from math import ceil

from handlers.door import Door, Rates
from handlers.holds import workspaces
from handlers.limits import Pacer, hold_of
from store.bundle import Store
from store.model import Chat, Delivery, Platform

_LOOK = 200
_LEAST, _MOST = 8, 384
_ANSWER = 0.125  # seconds that an answer is expected to take, until it is known to take longer
_ROOM = 1.25  # for what is answered, and waits for its turn to be settled


def in_flight(rates: Rates, answer: float = 0.0) -> int:
    """How many requests fill a door's budget when an answer takes so many seconds, at least an eighth:
    8 to 384. More would only mean more in doubt when the process dies.
    """
    return min(max(_LEAST, ceil(rates.overall * max(_ANSWER, _ROOM * answer))), _MOST)


class Heads:
    """What one drain may still send. `later` = moments at which more may go."""

    def __init__(
        self,
        store: Store,
        doors: Mapping[Platform, Door],
        pacer: Pacer,
        clock: Callable[[], datetime],
        *,
        most: int | None,
    ) -> None:
        self._store = store
        self._doors = doors
        self._pacer = pacer
        self._clock = clock
        self._given = most
        self._queue: list[Delivery] = []
        self.holds = dict(store.ledger.holds())
        self.stopped: dict[tuple[Platform, str], None] = {}
        self.later: list[datetime] = []
        self.looked = clock()

    def choose(self, busy: Collection[Chat], *, most: int, bookings: bool = True) -> list[Delivery]:
        """Up to `most` that may go now, each of another chat and none of a chat that is `busy`; without
        `bookings`, only those in front of the first one.
        """
        allowed = self._allowed()
        total = sum(allowed.values()) if self._given is None else self._given
        most = min(most, self._pacer.ramp.room(total) - len(busy))
        taken, in_air = set(busy), Counter(chat.platform for chat in busy)
        chosen: list[Delivery] = []
        full: list[Delivery] = []  # their door has no room now: they stay first in line
        fresh = False
        while len(chosen) < most:
            if not self._queue:
                if fresh or full or not bookings:
                    break
                self._queue, fresh = self._look(taken), True
                self._queue.reverse()
                continue
            if not bookings and not self._queue[-1].parts:
                break
            head = self._queue.pop()
            if head.chat in taken or not self.may_go(head):
                continue
            if in_air[head.chat.platform] >= allowed[head.chat.platform]:
                full.append(head)
                continue
            chosen.append(head)
            taken.add(head.chat)
            in_air[head.chat.platform] += 1
        self.put_back(full)
        return chosen

    def _allowed(self) -> dict[Platform, int]:
        """How many may be in flight at each door."""
        return {
            name: in_flight(door.rates, self._pacer.answer(name)) if self._given is None else self._given
            for name, door in self._doors.items()
        }

    def more_bookings(self, chosen: Collection[Delivery], *, most: int) -> list[Delivery]:
        """Bookings that come next and were never tried, to be composed with the `chosen`: there may be
        more of them than may fly. One that was tried before is composed alone: it may be what killed
        the process, and would take the others along.
        """
        found: list[Delivery] = []
        taken = {head.chat for head in chosen}
        if any(head.attempts for head in chosen if not head.parts):
            return found
        while self._queue and len(chosen) + len(found) < most:
            head = self._queue[-1]
            if head.parts or head.attempts or not self._open(head.chat):
                break
            self._queue.pop()
            if head.chat not in taken:
                found.append(head)
                taken.add(head.chat)
        return found

    def is_short(self) -> bool:
        """Whether nothing is left that is due and may go, while the budgets have room for more."""
        return not self._queue and not self._pacer.busy_doors(self._clock())

    def put_back(self, heads: Sequence[Delivery]) -> None:
        """They are first in line again, in this order."""
        self._queue += reversed(heads)

    def may_go(self, head: Delivery) -> bool:
        """Whether nothing holds it and its budgets have room at this moment."""
        now = self._clock()
        return self._open(head.chat) and self._ready(head, now) <= now

    def next_at(self) -> datetime | None:
        """When there may be something to do again; None = nothing known of."""
        due = self._store.ledger.next_due()
        later = [*self.later, *([due] if due is not None else ())]
        return min((at for at in later if at > self.looked), default=None)  # what came due since is due now

    def _look(self, taken: set[Chat]) -> list[Delivery]:
        """What is due and may go now. Rows that have to wait must not hide those behind them."""
        limit = _LOOK
        while True:
            now = self.looked = self._clock()
            busy = self._pacer.busy_doors(now)
            shut = {*busy, *workspaces(self.holds)}
            due = self._store.ledger.due_deliveries(now, limit=limit, without=shut)
            self.later = [at for at in self.later if at > now]
            if busy and (self._store.ledger.next_due() or now) <= now:
                self.later.append(min(busy.values()))
            open_now = []
            for head in due:
                if head.chat in taken or not self._open(head.chat):
                    continue
                ready = self._ready(head, now)
                if ready <= now:
                    open_now.append(head)
                else:
                    self.later.append(ready)
            if open_now or len(due) < limit:
                self.later = sorted(self.later)[:1]
                return open_now
            limit *= 4

    def _open(self, chat: Chat) -> bool:
        platform = chat.platform
        return (
            platform in self._doors
            and (platform, chat.tenant) not in self.stopped
            and platform not in self.holds
            and hold_of(chat) not in self.holds
            and "push" not in self.holds
        )

    def _ready(self, head: Delivery, now: datetime) -> datetime:
        group = self._doors[head.chat.platform].is_group(head.chat)
        return self._pacer.ready(head.chat, group, now)


def alone(bookings: list[Delivery]) -> list[Delivery]:
    """One that was tried before is composed alone: it may be what killed the process."""
    tried = next((one for one in bookings if one.attempts), None)
    return bookings if tried is None else [tried]
