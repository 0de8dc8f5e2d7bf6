"""Reading back: what is in the air is looked up where the platform lets us."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from handlers.deliver import Drained, drain, recover
from handlers.door import Outcome
from handlers.limits import Pacer, Ramp
from handlers.reconcile import settled
from handlers.weekly import plan
from store.errors import StoreFull
from store.model import Chat, Delivery, DeliveryState, Platform, Subscriber, SubscriberState
from tests.fake_door import FakeDoor, World, a_world

SLOT = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
CHAT = Chat("slack", "T1", "C1")
OTHER = Chat("slack", "T1", "C2")
ROW = Delivery(CHAT, "2026-W48", "e", 0, 1, DeliveryState.SENDING, SLOT, attempts=1, updated_at=SLOT)


class Readable(FakeDoor):
    """A platform that can be read back: `answers` are what look-ups find, the last one again and again."""

    answers: list[str | None]
    looked: list[Chat]

    async def find(self, chat: Chat, part: str, *, first: str, since: datetime) -> str | None:
        self.looked.append(chat)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with a_world(tmp_path, now=SLOT) as made:
        made.door = Readable("slack", clock=made.clock)
        made.door.answers, made.door.looked = [""], []
        yield made


def door_of(world: World) -> Readable:
    return cast("Readable", world.door)


def booked(world: World, *chats: Chat, count: int = 1, **fields: Any) -> None:
    world.shelf.publish("2026-W47", SLOT - timedelta(hours=1), count=count)
    for chat in chats:
        made = Subscriber(chat, state=SubscriberState.ACTIVE, next_at=SLOT, last_week="2026-W47")
        world.ledger.put_subscriber(replace(made, **fields))
    plan(world.store, now=SLOT)


async def drained(world: World, pacer: Pacer) -> Drained:
    doors: dict[Platform, Any] = {"slack": world.door}
    return await drain(world.store, doors, pacer, clock=world.clock)


def states(world: World, chat: Chat = CHAT) -> list[tuple[str, str, str]]:
    return [(d.state.value, d.reason, d.message_id) for d in world.ledger.deliveries(chat)]


@pytest.mark.parametrize(
    ("message", "age", "policy", "expected"),
    [
        ("17.5", 0, "at_most_once", (DeliveryState.SENT, "")),
        ("", 29, "at_most_once", None),
        ("", 30, "at_most_once", (DeliveryState.PLANNED, "")),
        (None, 299, "at_most_once", None),
        (None, 300, "at_most_once", (DeliveryState.UNKNOWN, "reason.interrupted")),
        (None, 300, "at_least_once", (DeliveryState.PLANNED, "reason.again")),
    ],
)
def test_what_follows_from_a_look_up(message: str | None, age: int, policy: Any, expected: Any) -> None:
    step = settled(ROW, message, Subscriber(CHAT, policy=policy), SLOT + timedelta(seconds=age))
    assert (None if step is None else (step.state, step.reason)) == expected


async def test_an_answer_that_never_came_is_looked_up_and_found(world: World) -> None:
    booked(world, CHAT)
    world.door.script(CHAT, Outcome("unknown"))
    pacer = Pacer()
    told = await drained(world, pacer)
    assert (told.unknown, told.next_at) == (0, SLOT + timedelta(seconds=30))
    door_of(world).answers = ["17.5"]
    world.later(seconds=30)
    assert (await drained(world, pacer)).sent == 1
    assert states(world) == [("sent", "", "17.5")]
    assert len(world.door.calls) == 1


async def test_what_is_not_there_is_sent_again_and_arrives_once(world: World) -> None:
    booked(world, CHAT)
    world.door.script(CHAT, Outcome("unknown"))
    pacer = Pacer()
    await drained(world, pacer)
    world.later(seconds=10)
    await drained(world, pacer)
    assert states(world)[0][0] == "sending"
    world.later(seconds=20)
    assert (await drained(world, pacer)).sent == 1
    assert len(world.door.calls) == 2


async def test_what_cannot_be_read_is_told_as_unknown_within_minutes(world: World) -> None:
    booked(world, CHAT)
    world.door.script(CHAT, Outcome("unknown"))
    door_of(world).answers = [None]
    pacer = Pacer()
    told = await drained(world, pacer)
    for _ in range(100):
        if not told.next_at or told.next_at > SLOT + timedelta(hours=1):
            break
        world.now = told.next_at
        told = await drained(world, pacer)
    assert states(world) == [("unknown", "reason.interrupted", "")]
    assert timedelta(minutes=5) <= world.now - SLOT <= timedelta(minutes=6)
    assert len(door_of(world).looked) < 8


async def test_one_look_up_at_a_time_in_a_workspace(world: World) -> None:
    booked(world, CHAT, OTHER)
    for chat in (CHAT, OTHER):
        world.door.script(chat, Outcome("unknown"))
    pacer = Pacer()
    await drained(world, pacer)
    world.later(seconds=30)
    await drained(world, pacer)
    assert len(door_of(world).looked) == 1
    world.later(seconds=1)
    await drained(world, pacer)
    assert len(door_of(world).looked) == 1
    world.later(seconds=1)
    await drained(world, pacer)
    assert len(door_of(world).looked) == 2


async def test_what_a_dead_process_left_is_looked_up_by_the_next(world: World) -> None:
    booked(world, CHAT)
    (booking,) = world.ledger.due_deliveries(SLOT)
    (part,) = world.ledger.write_parts(booking, ["words"])
    marked = world.ledger.mark_sending(part, at=SLOT)
    assert marked is not None
    world.ledger.mark_go(marked)
    world.reopen()
    looked_up: tuple[Platform, ...] = ("slack",)
    recover(world.store, now=SLOT, reads_back=looked_up)
    assert states(world) == [("sending", "", "")]
    door_of(world).answers = ["17.5"]
    assert (await drained(world, Pacer())).sent == 1
    assert world.door.calls == []


@pytest.mark.parametrize("policy", ["at_most_once", "at_least_once"])
async def test_an_intent_without_a_request_is_sent_once_whatever_the_policy(
    world: World, policy: str
) -> None:
    booked(world, CHAT, policy=policy)
    (booking,) = world.ledger.due_deliveries(SLOT)
    (part,) = world.ledger.write_parts(booking, ["words"])
    assert world.ledger.mark_sending(part, at=SLOT) is not None
    world.reopen()
    assert recover(world.store, now=SLOT) == 1
    assert (await drained(world, Pacer())).sent == 1
    assert [call.part for call in world.door.sent] == ["words"]


async def test_what_kills_every_start_before_its_request_goes_later_and_is_given_up(world: World) -> None:
    booked(world, CHAT)
    (booking,) = world.ledger.due_deliveries(SLOT)
    world.ledger.write_parts(booking, ["words"])
    dues = []
    for _ in range(20):
        (part,) = world.ledger.due_deliveries(world.later(hours=1))
        assert world.ledger.mark_sending(part, at=world.now) is not None
        world.reopen()
        recover(world.store, now=world.now)
        dues.append(world.ledger.deliveries(CHAT)[0].due - world.now)
    assert states(world) == [("failed", "reason.crash", "")]
    assert dues[3] > timedelta()


def test_after_an_unclean_start_one_is_in_flight_and_one_more_every_twenty() -> None:
    ramp = Ramp()
    ramp.begin(unclean=True)
    ramp.begin(unclean=False)
    rooms = []
    for _ in range(161):
        rooms.append(ramp.room(8))
        ramp.succeeded()
    assert [rooms[n] for n in (0, 19, 20, 39, 40, 139, 140, 160)] == [1, 1, 2, 2, 3, 7, 8, 8]
    clean = Ramp()
    clean.begin(unclean=False)
    assert clean.room(8) == 8


async def test_an_unclean_start_sends_one_at_a_time(world: World) -> None:
    chats = [replace(CHAT, id=f"C{n}") for n in range(12)]
    booked(world, *chats)
    (booking, *_) = world.ledger.due_deliveries(SLOT)
    assert world.ledger.mark_sending(booking, at=SLOT) is not None
    world.reopen()
    recover(world.store, now=SLOT)
    world.later(seconds=5)
    assert (await drained(world, Pacer())).sent == 12
    assert world.door.most_in_flight == 1


async def test_nothing_is_sent_without_its_mark(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    booked(world, CHAT)

    def full(*_: object) -> None:
        raise StoreFull(path="ledger.go", detail="no space")

    monkeypatch.setattr(type(world.ledger), "mark_go", full)
    with pytest.raises(StoreFull):
        await drained(world, Pacer())
    assert world.door.calls == []
    world.reopen()
    monkeypatch.undo()
    recover(world.store, now=SLOT)
    assert (await drained(world, Pacer())).sent == 1


async def test_a_door_that_announces_marks_right_before_its_request(world: World) -> None:
    booked(world, CHAT)
    seen: list[bool] = []

    class Announcing(FakeDoor):
        announces = True

        async def send(self, chat: Chat, part: str, **named: Any) -> Outcome:
            row = world.ledger.interrupted()[0]
            seen.append(world.ledger.may_have_gone(row))
            named["went"]()
            seen.append(world.ledger.may_have_gone(row))
            return Outcome("sent", message_id="1")

    world.door = Announcing("slack", clock=world.clock)
    assert (await drained(world, Pacer())).sent == 1
    assert seen == [False, True]


async def test_an_announcing_door_that_raises_before_its_request_has_sent_nothing(world: World) -> None:
    booked(world, CHAT)

    class Broken(FakeDoor):
        announces = True

        async def send(self, chat: Chat, part: str, **named: Any) -> Outcome:
            raise RuntimeError("a bug")

    world.door = Broken("slack", clock=world.clock)
    told = await drained(world, Pacer())
    assert (told.unknown, told.waiting) == (0, 1)
