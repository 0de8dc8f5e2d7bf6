"""Proof 6: the budget in virtual time. Nothing inside a retry_after, and hardly anything unused."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from handlers.deliver import drain
from handlers.door import Outcome, Rates
from handlers.limits import Pacer
from handlers.message import Reply
from handlers.weekly import plan
from store.bundle import Store
from store.model import Chat, DeliveryState, Platform
from store.sqlite import open_ledger
from store.tiny import open_library
from tests.chaos.sender import SLOT, catalogue, prepare

_SOONEST = timedelta(milliseconds=20)  # the bell's own


@dataclass
class Budget:
    """What came of a run: `share` of the allowed rate was reached while there was something to send."""

    overall: float
    chats: int
    share: float = 0.0
    inside: int = 0
    too_fast: int = 0
    refused: int = 0
    lost: int = 0
    gone_twice: int = 0
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        verdict = "ok" if not self.wrong else "FAILED: " + "; ".join(self.wrong)
        return (
            f"budget {self.overall:.0f}/s: chats {self.chats} share {self.share:.1%} calls inside a"
            f" retry_after {self.inside} windows exceeded {self.too_fast} 429s {self.refused}"
            f" lost {self.lost}: {verdict}"
        )


class StrictDoor:
    """Counts every call against the rates; refuses some chats for a time, some for good."""

    platform: Platform = "telegram"

    def __init__(self, rates: Rates, clock: Callable[[], datetime], random: Random) -> None:
        self.rates = rates
        self._clock = clock
        self._random = random
        self._last: deque[datetime] = deque(maxlen=int(rates.overall) + 1)
        self._until: dict[str, datetime] = {}
        self._calls: Counter[str] = Counter()
        self.at: list[datetime] = []
        self.inside = 0
        self.too_fast = 0
        self.refused = 0
        self.held: list[tuple[datetime, datetime]] = []  # when nothing was allowed at all

    def parts(self, reply: Reply) -> Sequence[str]:
        return ["all"]

    async def send(self, chat: Chat, part: str, *, first: str, silent: bool = False) -> Outcome:
        now = self._clock()
        self.inside += now < self._until.get(chat.id, now)
        self.inside += now < self._until.get("", now)
        self._last.append(now)
        full = len(self._last) == self._last.maxlen
        self.too_fast += full and now - self._last[0] < timedelta(seconds=1)
        self.at.append(now)
        self._calls[chat.id] += 1
        await asyncio.sleep(0)
        draw = self._random.random()
        if self._calls[chat.id] == 1 and draw < 0.01:
            return self._later(chat.id, now, 1 + 200 * self._random.random(), "chat")
        if draw > 0.9998:
            return self._later("", now, 5.0, "door")
        return Outcome("sent", message_id=str(len(self.at)))

    def _later(self, key: str, now: datetime, seconds: float, scope: str) -> Outcome:
        self.refused += 1
        before = self._until.get(key, now)
        until = self._until[key] = now + timedelta(seconds=seconds)
        if scope == "door":
            self.held.append((max(now, before), until))
            return Outcome("wait", seconds=seconds, scope="door")
        return Outcome("wait", seconds=seconds, scope="chat")

    def is_group(self, chat: Chat) -> bool:
        return False


def run(folder: Path, *, overall: float, chats: int, seed: int) -> Budget:
    """Send one message to each chat as the bell rings, on a clock that only the bell moves."""
    folder.mkdir(parents=True)
    prepare(folder, chats=chats, parts=1, policy="at_most_once")
    return asyncio.run(_run(folder, overall, chats, seed))


async def _run(folder: Path, overall: float, chats: int, seed: int) -> Budget:
    now = SLOT

    def clock() -> datetime:
        return now

    ledger, library = open_ledger(folder), open_library(folder)
    store = Store(library, ledger, catalogue())
    door = StrictDoor(Rates(overall=overall, per_chat=1), clock, Random(seed))
    pacer = Pacer({"telegram": door.rates})
    while len(plan(store, now=now, limit=5000).booked) >= 5000:
        pass
    while True:
        drained = await drain(store, {"telegram": door}, pacer, clock=clock)
        if drained.next_at is None or drained.next_at - now > timedelta(hours=1):
            break
        now = max(drained.next_at, now + _SOONEST)
    counts = ledger.delivery_counts()
    ledger.close()
    library.close()
    return _judged(Budget(overall, chats), door, counts.get(DeliveryState.SENT, 0))


def _judged(told: Budget, door: StrictDoor, sent: int) -> Budget:
    """The share is over the time until 95 % of the calls were made: a chat that was asked to wait
    minutes is waited for alone.
    """
    bulk = door.at[: int(len(door.at) * 0.95)]
    held = sum((min(end, bulk[-1]) - start for start, end in door.held if start < bulk[-1]), timedelta())
    span = (bulk[-1] - bulk[0] - held).total_seconds() + 1  # the first second's are free
    told.share = len(bulk) / (span * told.overall)
    told.inside, told.too_fast, told.refused = door.inside, door.too_fast, door.refused
    told.lost = told.chats - sent
    checks = {
        f"{told.inside} calls inside a retry_after": told.inside == 0,
        f"the rate was exceeded {told.too_fast} times": told.too_fast == 0,
        f"only {told.share:.1%} of the rate": told.share >= 0.95,
        f"{told.lost} lost": told.lost == 0,
    }
    told.wrong = [name for name, held in checks.items() if not held]
    return told
