"""A small life of a ledger, and what it holds after each step of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from store.ledger import AuditLine, Ledger
from store.model import Chat, Delivery, DeliveryState, Subscriber, SubscriberState
from store.sqlite import open_ledger

NOW = datetime(2026, 11, 23, tzinfo=UTC)
State = dict[str, tuple[tuple[object, ...], ...]]
Step = Callable[[Ledger], object]


def chat(number: int) -> Chat:
    return Chat("telegram", "7", str(number))


def _active(number: int) -> Subscriber:
    return Subscriber(chat(number), state=SubscriberState.ACTIVE, next_at=NOW, follows=("meituan",))


def _booking(number: int) -> Delivery:
    return Delivery(chat(number), "2026-W48", "2026-W47", 0, 0, DeliveryState.PLANNED, NOW)


def _put(number: int) -> Step:
    return lambda ledger: ledger.put_subscriber(_active(number))


def _book(number: int) -> Step:
    after = replace(_active(number), next_at=NOW + timedelta(days=7), last_week="2026-W48")
    return lambda ledger: ledger.book(after, _booking(number), expected_next_at=NOW)


def _parts(number: int) -> Step:
    return lambda ledger: ledger.write_parts(_booking(number), ["하나 " * 40, "둘 " * 40])


def _sending(number: int, part: int) -> Step:
    def step(ledger: Ledger) -> None:
        row = ledger.mark_sending(replace(_booking(number), part=part, parts=2), at=NOW)
        assert row is not None
        ledger.mark_go(row)

    return step


def _settled(number: int, part: int, state: DeliveryState) -> Step:
    row = replace(_booking(number), part=part, parts=2)
    return lambda ledger: ledger.settle(row, state, at=NOW, message_id="m1", reason="reason.unanswered")


def life(chats: int = 3) -> list[Step]:
    """Steps of one transaction each, but for the last few."""
    steps = [_put(number) for number in range(1, chats + 1)]
    for number in range(1, chats + 1):
        steps += [_book(number), _parts(number), _sending(number, 0)]
        steps.append(_settled(number, 0, DeliveryState.SENT))
        steps.append(_sending(number, 1))
    steps += [
        _settled(1, 1, DeliveryState.UNKNOWN),
        lambda ledger: ledger.receive("telegram:7:1", '{"text": "안녕"}' * 20, at=NOW),
        lambda ledger: ledger.receive("telegram:7:2", "{}", at=NOW),
        lambda ledger: ledger.handled("telegram:7:1", at=NOW),
        lambda ledger: ledger.hold("telegram", "reason.refusing", at=NOW),
        lambda ledger: ledger.note(AuditLine(NOW, "telegram:7/1", "send", "all")),
        lambda ledger: ledger.seen(at=NOW),
        lambda ledger: cast("Any", ledger)._move_log(all_of_it=True),
        lambda ledger: ledger.release("telegram"),
        lambda ledger: ledger.keep_draft("a", "글" * 3000, at=NOW),
        lambda ledger: ledger.forget(chat(chats)),
        lambda ledger: ledger.prune(now=NOW + timedelta(days=3)),
        _settled(2, 1, DeliveryState.SENT),
    ]
    return steps


def state_of(ledger: Ledger) -> State:
    """Every row of every table, but for the mark that moves on at each opening."""
    db = cast("Any", ledger)._db
    names = [
        row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    ]
    return {
        name: tuple(
            sorted((tuple(row) for row in db.execute(f"SELECT * FROM {name}") if row[0] != "epoch"), key=repr)
        )
        for name in names
        if name != "sqlite_sequence"
    }


def state_in(folder: Path) -> State:
    ledger = open_ledger(folder)
    try:
        return state_of(ledger)
    finally:
        ledger.close()


@dataclass
class Lived:
    """The states after opening, after the first step, the second…"""

    states: list[State]
    confirmed: int = 0

    def may_be(self, found: State) -> bool:
        """What was confirmed, or with it the step that was under way (which may have two writes)."""
        return found in self.states[self.confirmed : self.confirmed + 2]


def states(folder: Path, steps: list[Step]) -> list[State]:
    """Live it once, and note every state. Random keys and tokens are not part of it."""
    ledger = open_ledger(folder)
    found = [state_of(ledger)]
    for step in steps:
        step(ledger)
        found.append(state_of(ledger))
    ledger.close()
    return found
