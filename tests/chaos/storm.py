"""Proof 11: thousands of chats refuse at once. One call each, no retry, and a pause that a person ends."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any, cast

from handlers.deliver import drain
from handlers.door import Outcome, Rates
from handlers.limits import Pacer
from handlers.message import Reply
from handlers.weekly import plan
from store.bundle import Store
from store.model import Chat, DeliveryState, Platform, SubscriberState
from store.sqlite import open_ledger
from store.tiny import open_library
from tests.chaos.sender import SLOT, catalogue, prepare


@dataclass
class Report:
    """`pauses` = how often the push stopped until somebody had looked."""

    chats: int
    refusing: int
    seed: int
    calls: int = 0
    most: int = 0
    pauses: int = 0
    first_pause: int = 0
    suspended: int = 0
    sent: int = 0
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        verdict = "ok" if not self.wrong else "FAILED: " + "; ".join(self.wrong)
        return (
            f"storm: {self.refusing} of {self.chats} chats answer 403: {self.calls} calls, at most"
            f" {self.most} a chat, pauses {self.pauses} (the first after {self.first_pause} calls), suspended"
            f" {self.suspended}, sent {self.sent}, seed {self.seed}: {verdict}"
        )


class _Refusing:
    """Answers 403 for some chats, always."""

    platform: Platform = "telegram"
    rates = Rates(overall=1_000_000, per_chat=1_000_000)

    def __init__(self, refusing: frozenset[str]) -> None:
        self.refusing = refusing
        self.calls: Counter[str] = Counter()

    def parts(self, reply: Reply) -> Sequence[str]:
        return ["one", "two"]

    async def send(self, chat: Chat, part: str, *, first: str, silent: bool = False) -> Outcome:
        self.calls[chat.id] += 1
        await asyncio.sleep(0)
        if chat.id in self.refusing:
            return Outcome("gone", reason="reason.blocked", detail="403")
        return Outcome("sent", message_id="1")

    def is_group(self, chat: Chat) -> bool:
        return False


def run(folder: Path, *, chats: int, refusing: int, seed: int) -> Report:
    folder.mkdir(parents=True)
    prepare(folder, chats=chats, parts=1, policy="at_most_once")
    report = Report(chats, refusing, seed)
    names = Random(seed).sample([str(number) for number in range(1, chats + 1)], refusing)
    asyncio.run(_run(folder, _Refusing(frozenset(names)), report))
    return report


async def _run(folder: Path, door: _Refusing, report: Report) -> None:
    ledger, library = open_ledger(folder), open_library(folder)
    cast("Any", ledger)._db.execute("PRAGMA synchronous = OFF")  # it is the calls that are counted
    store = Store(library, ledger, catalogue())
    clock: Callable[[], datetime] = lambda: SLOT  # noqa: E731 - the storm is over within a moment
    while len(plan(store, now=SLOT, limit=5000).booked) >= 5000:
        pass
    pacer = Pacer({"telegram": door.rates})
    while True:
        drained = await drain(store, {"telegram": door}, pacer, clock=clock)
        if not drained.paused:
            break
        report.pauses += 1
        report.first_pause = report.first_pause or sum(door.calls.values())
        ledger.release("telegram")
    report.suspended = ledger.subscriber_counts().get(("telegram", SubscriberState.SUSPENDED), 0)
    report.sent = ledger.delivery_counts().get(DeliveryState.SENT, 0)
    ledger.close()
    library.close()
    _judge(report, door)


def _judge(report: Report, door: _Refusing) -> None:
    refused = Counter({chat: n for chat, n in door.calls.items() if chat in door.refusing})
    report.calls, report.most = sum(refused.values()), max(refused.values(), default=0)
    often = report.refusing > report.chats / 4
    checks = {
        f"{report.calls} calls for {report.refusing} chats": report.calls == report.refusing,
        f"{report.most} calls to one chat": report.most <= 1,
        f"{report.suspended} suspended": report.suspended == report.refusing,
        f"{report.sent} sent": report.sent == 2 * (report.chats - report.refusing),
        f"{report.pauses} pauses": (report.pauses > 0) is often or report.refusing > report.chats / 8,
        f"paused after {report.first_pause} calls": not often or report.first_pause <= 120,
    }
    report.wrong += [name for name, held in checks.items() if not held]


def proof(folder: Path, seed: int) -> Iterator[Report]:
    yield run(folder / "all", chats=5000, refusing=5000, seed=seed)
    yield run(folder / "half", chats=2000, refusing=1000, seed=seed)
    yield run(folder / "few", chats=2000, refusing=200, seed=seed)
