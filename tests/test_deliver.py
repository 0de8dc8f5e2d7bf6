"""Delivering: what each outcome comes to, in which order, and across a crash at any step."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from handlers.deliver import Drained, after, drain, recover
from handlers.door import Door, Outcome, Rates
from handlers.limits import Pacer
from handlers.outcome import SEND_TRIES
from handlers.weekly import plan, send_now
from store.errors import StoreFull
from store.ledger import Ledger
from store.model import Chat, Delivery, DeliveryState, Platform, Subscriber, SubscriberState
from tests.build import a_story
from tests.fake_door import Crash, FakeDoor, Fuse, World, a_world

SLOT = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
CHAT = Chat("telegram", "7", "-100")
OTHER = Chat("telegram", "7", "-200")
SENT, FAILED, UNKNOWN = DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.UNKNOWN
PLANNED, SENDING = DeliveryState.PLANNED, DeliveryState.SENDING


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with a_world(tmp_path, now=SLOT) as made:
        yield made


def subscribe(world: World, *chats: Chat, **fields: Any) -> None:
    for chat in chats:
        made = Subscriber(chat, state=SubscriberState.ACTIVE, next_at=SLOT, last_week="2026-W47")
        world.ledger.put_subscriber(replace(made, **fields))


def booked(world: World, *chats: Chat, count: int = 3, **fields: Any) -> None:
    """Chats subscribed and booked for an edition of `count` stories."""
    world.shelf.publish("2026-W47", SLOT - timedelta(hours=1), count=count)
    subscribe(world, *(chats or (CHAT,)), **fields)
    assert len(plan(world.store, now=SLOT).booked) == len(chats or (CHAT,))


async def drained(
    world: World, pacer: Pacer | None = None, ledger: Ledger | None = None, **more: Any
) -> Drained:
    store = world.store_on(ledger or world.ledger)
    return await drain(store, {"telegram": world.door}, pacer or Pacer(), clock=world.clock, **more)


def states(world: World, chat: Chat = CHAT) -> list[tuple[int, str, str]]:
    return [(d.part, d.state.value, d.reason) for d in world.ledger.deliveries(chat, limit=100)]


def parts_of(world: World) -> list[str]:
    """What the door makes of the edition for a chat without follows."""
    from handlers.compose import digest

    edition, stories = world.shelf.shelf["2026-W47"]
    reply = digest(edition, stories, Subscriber(CHAT), world.store, language="ko", now=SLOT)
    return list(world.door.parts(reply))


# the way of a digest


async def test_a_digest_is_sent_part_by_part_in_order_and_once(world: World) -> None:
    booked(world)
    told = await drained(world)
    assert world.door.to(CHAT) == parts_of(world)
    assert len(set(world.door.to(CHAT))) == 3
    assert [call.first for call in world.door.calls] == ["", "m1", "m1"]
    assert states(world) == [(0, "sent", ""), (1, "sent", ""), (2, "sent", "")]
    assert (told.sent, told.failed, told.unknown, told.waiting, told.next_at) == (
        3,
        0,
        0,
        0,
        SLOT + timedelta(days=7),
    )
    assert (await drained(world)).sent == 0
    assert len(world.door.calls) == 3


async def test_followed_companies_come_first_and_muted_ones_stay_out(world: World) -> None:
    stories = tuple(
        a_story(f"2026-W47-{n}", title=f"title {n}", companies=[company])
        for n, company in enumerate(("meituan", "didi", "bytedance"), 1)
    )
    world.shelf.publish("2026-W47", SLOT - timedelta(hours=1), stories=stories)
    subscribe(world, CHAT, follows=("bytedance",), mutes=("didi",))
    plan(world.store, now=SLOT)
    await drained(world)
    sent = world.door.to(CHAT)
    assert [title for text in sent for title in ("title 1", "title 2", "title 3") if title in text] == [
        "title 3",
        "title 1",
    ]


async def test_an_edition_muted_away_when_it_is_composed_is_skipped_as_muted(world: World) -> None:
    booked(world)
    kept = world.ledger.subscriber(CHAT)
    assert kept is not None
    world.ledger.put_subscriber(replace(kept, mutes=("meituan",)))
    told = await drained(world)
    assert (told.sent, told.skipped) == (0, 1)
    assert states(world) == [(0, "skipped", "reason.muted")]


async def test_several_chats_are_in_flight_but_never_more_than_allowed(world: World) -> None:
    chats = [Chat("telegram", "7", str(n)) for n in range(20)]
    booked(world, *chats)
    crowd = world.door.close_gate(5)
    running = asyncio.create_task(drained(world, in_flight=5))
    await crowd.wait()
    assert world.door.gate is not None
    world.door.gate.set()
    assert (await running).sent == 60
    assert world.door.most_in_flight == 5
    assert all(world.door.to(chat) == parts_of(world) for chat in chats)


async def test_more_goes_out_without_waiting_for_the_first_answer(world: World) -> None:
    """All that may be in flight is, though a turn begins only some of it."""
    chats = [Chat("telegram", "7", f"-{n}") for n in range(1, 91)]
    booked(world, *chats, count=1)
    crowd = world.door.close_gate(80)
    running = asyncio.create_task(drained(world, Pacer({"telegram": Rates(1000, 1000, 1000)}), in_flight=80))
    async with asyncio.timeout(20):
        await crowd.wait()
    assert world.door.gate is not None
    world.door.gate.set()
    await running
    assert (world.door.most_in_flight, len(world.door.sent)) == (80, 90)


async def test_the_next_ones_are_booked_while_the_last_ones_are_in_the_air(world: World) -> None:
    chats = [Chat("telegram", "7", f"-{n}") for n in range(1, 61)]
    world.shelf.publish("2026-W47", SLOT - timedelta(hours=1), count=1)
    subscribe(world, *chats)
    counts = [len(plan(world.store, now=SLOT, limit=10).booked)]

    def ahead() -> bool:
        counts.append(len(plan(world.store, now=SLOT, limit=20).booked))
        return counts[-1] > 0

    told = await drained(world, Pacer({"telegram": Rates(1000, 1000, 1000)}), ahead=ahead)
    assert (told.sent, counts[:4]) == (60, [10, 20, 20, 10])
    assert set(counts[4:]) <= {0}


async def test_a_door_that_is_not_open_leaves_its_rows_and_does_not_stop_others(world: World) -> None:
    slack = Chat("slack", "T1", "C1")
    booked(world, slack, CHAT)
    told = await drained(world)
    assert (told.sent, told.waiting) == (3, 1)
    assert states(world, slack) == [(0, "planned", "")]


# outcomes


@pytest.mark.parametrize(
    ("outcome", "policy", "expected"),
    [
        (Outcome("sent", message_id="9"), "at_most_once", (SENT, "", None)),
        (Outcome("unknown"), "at_most_once", (UNKNOWN, "reason.unanswered", None)),
        (Outcome("unknown"), "at_least_once", (PLANNED, "reason.again", 60)),
        (Outcome("refused", reason="reason.too_long"), "at_most_once", (FAILED, "reason.too_long", None)),
        (Outcome("gone"), "at_most_once", (FAILED, "reason.gone", None)),
        (Outcome("wait", seconds=10_072.0), "at_most_once", (PLANNED, "reason.waiting", 10_072)),
        (Outcome("wait", seconds=-5.0), "at_most_once", (PLANNED, "reason.waiting", 1)),
        (Outcome("wait", seconds=float("nan")), "at_most_once", (PLANNED, "reason.waiting", 1)),
        (Outcome("wait", seconds=float("inf")), "at_most_once", (PLANNED, "reason.waiting", 86_400)),
        (Outcome("not_sent"), "at_most_once", (PLANNED, "reason.unreachable", 5)),
        (Outcome("dead"), "at_most_once", (PLANNED, "reason.dead", -30)),
        (Outcome("moved", new_id="-5"), "at_most_once", (PLANNED, "", 0)),
        (Outcome("moved"), "at_most_once", (FAILED, "reason.moved", None)),
        (Outcome("moved", new_id=CHAT.id), "at_most_once", (FAILED, "reason.moved", None)),
    ],
)  # fmt: skip
def test_what_follows_from_an_outcome(outcome: Outcome, policy: Any, expected: tuple[Any, ...]) -> None:
    part = Delivery(
        CHAT, "2026-W48", "e", 1, 3, DeliveryState.SENDING, SLOT - timedelta(seconds=30), attempts=1
    )
    step = after(part, outcome, Subscriber(CHAT, policy=policy), SLOT)
    wait = None if step.due is None else (step.due - SLOT).total_seconds()
    assert (step.state, step.reason, wait) == expected


def test_what_was_not_sent_is_tried_for_about_a_day_ever_more_slowly() -> None:
    part = Delivery(CHAT, "2026-W48", "e", 0, 1, SENDING, SLOT)
    waits = []
    for attempts in range(1, SEND_TRIES + 1):
        step = after(replace(part, attempts=attempts), Outcome("not_sent"), Subscriber(CHAT), SLOT)
        waits.append(step)
    assert waits[-1].state is FAILED
    seconds = [(step.due - SLOT).total_seconds() for step in waits[:-1] if step.due]
    assert seconds == sorted(seconds)
    assert 20 * 3600 < sum(seconds) < 26 * 3600


def test_a_part_that_may_have_arrived_once_is_never_sent_a_third_time() -> None:
    part = Delivery(
        CHAT, "2026-W48", "e", 0, 1, DeliveryState.SENDING, SLOT, attempts=2, reason="reason.again"
    )
    eager = Subscriber(CHAT, policy="at_least_once")
    assert after(part, Outcome("unknown"), eager, SLOT).state is UNKNOWN
    for outcome in (
        Outcome("wait", seconds=5),
        Outcome("not_sent"),
        Outcome("dead"),
        Outcome("moved", new_id="2"),
    ):
        assert after(part, outcome, eager, SLOT).reason == "reason.again"
    assert after(replace(part, attempts=SEND_TRIES), Outcome("not_sent"), eager, SLOT).state is UNKNOWN


async def test_an_unknown_part_is_told_and_the_later_ones_go_on(world: World) -> None:
    booked(world)
    world.door.script(CHAT, Outcome("sent", message_id="m0"), Outcome("unknown", reason="reason.no_answer"))
    told = await drained(world)
    assert (told.sent, told.unknown) == (2, 1)
    assert states(world) == [(0, "sent", ""), (1, "unknown", "reason.no_answer"), (2, "sent", "")]
    assert len(world.door.calls) == 3


async def test_at_least_once_repeats_an_unknown_part_once(world: World) -> None:
    booked(world, policy="at_least_once")
    world.door.script(CHAT, Outcome("unknown"), Outcome("unknown"))
    told = await drained(world)
    assert (told.sent, told.unknown, told.next_at) == (0, 0, SLOT + timedelta(seconds=60))
    world.later(seconds=60)
    told = await drained(world)
    assert (told.sent, told.unknown) == (2, 1)
    assert max(Counter(world.door.to(CHAT)).values()) == 2


async def test_a_refused_part_fails_alone(world: World) -> None:
    booked(world)
    world.door.script(CHAT, Outcome("refused", reason="reason.refused"))
    told = await drained(world)
    assert (told.sent, told.failed) == (2, 1)


async def test_a_chat_that_is_gone_is_suspended_and_the_rest_dropped(world: World) -> None:
    booked(world, CHAT, OTHER, follows=("meituan",))
    world.door.script(CHAT, Outcome("sent", message_id="1"), Outcome("gone", reason="reason.blocked"))
    told = await drained(world)
    assert (told.sent, told.failed) == (4, 2)
    assert states(world) == [
        (0, "sent", ""),
        (1, "failed", "reason.blocked"),
        (2, "failed", "reason.blocked"),
    ]
    kept = world.ledger.subscriber(CHAT)
    assert kept is not None
    assert (kept.state, kept.reason, kept.follows) == (
        SubscriberState.SUSPENDED,
        "reason.blocked",
        ("meituan",),
    )
    assert len([call for call in world.door.calls if call.chat == CHAT]) == 2


async def test_a_moved_chat_gets_the_part_once_more_under_its_new_id(world: World) -> None:
    booked(world)
    world.door.script(CHAT, Outcome("sent", message_id="m0"), Outcome("moved", new_id="-900"))
    told = await drained(world)
    new = replace(CHAT, id="-900")
    assert told.sent == 3
    assert world.door.to(CHAT) + world.door.to(new) == parts_of(world)
    assert states(world, new) == [(0, "sent", ""), (1, "sent", ""), (2, "sent", "")]
    assert world.ledger.subscriber(CHAT) is None
    assert world.ledger.subscriber(new) is not None


async def test_chats_that_keep_moving_are_given_up(world: World) -> None:
    booked(world, count=1)
    for number in range(20):
        world.door.script(None, Outcome("moved", new_id=f"-{900 + number}"))
    told = await drained(world)
    assert told.failed == 1
    assert len(world.door.calls) == 5


async def test_waiting_for_one_chat_lets_the_others_flow(world: World) -> None:
    booked(world, CHAT, OTHER)
    world.door.script(CHAT, Outcome("wait", seconds=10_072))
    pacer = Pacer()
    told = await drained(world, pacer)
    assert (told.sent, told.waiting, told.next_at) == (3, 3, SLOT + timedelta(seconds=10_072))
    world.later(seconds=10_071)
    assert (await drained(world, pacer)).sent == 0
    world.later(seconds=1)
    assert (await drained(world, pacer)).sent == 3
    assert world.door.to(CHAT) == parts_of(world)


async def test_waiting_for_a_door_holds_all_its_chats_and_no_other_door(world: World) -> None:
    slack = Chat("slack", "T1", "C1")
    booked(world, CHAT, OTHER, slack, count=1)
    world.door.script(None, Outcome("wait", seconds=30, scope="door"))
    other_door = FakeDoor("slack", clock=world.clock)
    pacer = Pacer()
    doors = {"telegram": world.door, "slack": other_door}
    told = await drain(world.store, cast("Any", doors), pacer, clock=world.clock, in_flight=1)
    assert (told.sent, told.waiting, told.next_at) == (1, 2, SLOT + timedelta(seconds=30))
    assert len(world.door.calls) == 1
    world.later(seconds=29)
    await drain(world.store, cast("Any", doors), pacer, clock=world.clock)
    assert len(world.door.calls) == 1
    world.later(seconds=1)
    assert (await drain(world.store, cast("Any", doors), pacer, clock=world.clock)).sent == 2


async def test_what_was_marked_before_a_wait_came_does_not_go_out_inside_it(world: World) -> None:
    """Begun, and about to go, while another one's answer said to wait."""
    chats = [Chat("telegram", "7", f"-{n}") for n in range(1, 91)]
    booked(world, *chats, count=1)
    world.door.script(None, Outcome("wait", seconds=30, scope="door"))
    pacer = Pacer({"telegram": Rates(1000, 1000, 1000)})
    told = await drained(world, pacer, in_flight=80)
    called = len(world.door.calls)
    assert 1 < called < 80  # those that were on their way
    assert (told.sent, told.waiting, told.next_at) == (called - 1, 91 - called, SLOT + timedelta(seconds=30))
    rows = [world.ledger.deliveries(chat, limit=1)[0] for chat in chats]
    held = [row for row in rows if row.reason == "reason.waiting"]
    assert len(held) > 1
    assert not any(world.ledger.may_have_gone(row) for row in held[1:])
    world.later(seconds=29)
    await drained(world, pacer)
    assert len(world.door.calls) == called
    world.later(seconds=1)
    assert (await drained(world, pacer)).sent == 91 - called
    assert [world.door.to(chat) for chat in chats] == [parts_of(world)] * 90


async def test_a_wait_that_comes_while_a_door_gets_ready_stops_its_request(world: World) -> None:
    """As one that waits for a connection."""
    booked(world, CHAT, OTHER, count=1)
    ready = asyncio.Event()

    class Announcing(FakeDoor):
        announces = True

        async def send(self, chat: Chat, part: str, **named: Any) -> Outcome:
            if not self.calls:
                outcome = await super().send(chat, part, first="")
                asyncio.get_running_loop().call_soon(ready.set)
                return outcome
            await ready.wait()
            try:
                named["went"]()
            except Exception:  # noqa: BLE001 - what a transport makes of it
                return Outcome("not_sent", reason="reason.unreachable")
            return await super().send(chat, part, first="")

    world.door = Announcing(clock=world.clock)
    world.door.script(None, Outcome("wait", seconds=30, scope="door"))
    pacer = Pacer()
    told = await drained(world, pacer)
    assert (told.waiting, len(world.door.calls), told.next_at) == (2, 1, SLOT + timedelta(seconds=30))
    world.door = FakeDoor(clock=world.clock)
    world.later(seconds=30)
    assert (await drained(world, pacer)).sent == 2


async def test_what_was_not_sent_is_tried_again_and_arrives_once(world: World) -> None:
    booked(world)
    world.door.script(CHAT, Outcome("not_sent"), Outcome("not_sent"))
    pacer = Pacer()
    for seconds in (0, 5, 10):
        world.later(seconds=seconds)
        await drained(world, pacer)
    assert world.door.to(CHAT) == parts_of(world)


async def test_a_dead_door_is_left_alone_and_its_rows_stay(world: World) -> None:
    booked(world, *(Chat("telegram", "7", str(n)) for n in range(10)))
    world.door.script(None, *[Outcome("dead")] * 10)
    pacer = Pacer()
    told = await drained(world, pacer, in_flight=1)
    assert (told.stopped, told.sent, told.failed) == ((("telegram", "7"),), 0, 0)
    assert len(world.door.calls) == 1
    world.later(minutes=5)
    await drained(world, pacer)
    assert len(world.door.calls) == 1
    world.door.scripts.clear()
    world.later(minutes=5)
    assert (await drained(world, pacer)).sent == 30


async def test_too_many_refusing_chats_pause_the_push_until_somebody_looks(world: World) -> None:
    chats = [Chat("telegram", "7", f"{n:03d}") for n in range(60)]
    booked(world, *chats, count=1)
    world.door.script(None, *[Outcome("gone", reason="reason.blocked")] * 60)
    pacer = Pacer()
    told = await drained(world, pacer, in_flight=1)
    assert (told.paused, told.failed, told.waiting) == (("telegram",), 21, 39)
    assert (await drained(world, pacer)).failed == 0
    world.door.scripts.clear()
    world.reopen()
    assert (await drained(world)).paused == ("telegram",)
    assert world.ledger.release("telegram")
    told = await drained(world, pacer)
    assert (told.sent, told.paused) == (39, ())


async def test_a_workspace_that_refuses_holds_itself_alone(world: World) -> None:
    refusing = [Chat("slack", "T1", f"C{n:03d}") for n in range(60)]
    others = [Chat("slack", "E1/T2", f"D{n:03d}") for n in range(10)]
    booked(world, *refusing, *others, count=1)
    for chat in refusing:
        world.door.script(chat, *[Outcome("gone", reason="reason.blocked")] * 60)
    pacer = Pacer()
    doors: dict[Platform, Door] = {"slack": world.door}
    told = await drain(world.store, doors, pacer, clock=world.clock, in_flight=1)
    assert (told.paused, told.failed, told.sent, told.waiting) == (("slack:T1",), 21, 10, 39)
    assert world.ledger.holds() == {"slack:T1": "reason.refusing"}
    world.door.scripts.clear()
    assert (await drain(world.store, doors, pacer, clock=world.clock)).sent == 0
    assert world.ledger.release("slack:T1")
    told = await drain(world.store, doors, pacer, clock=world.clock)
    assert (told.sent, told.paused) == (39, ())


async def test_a_door_that_raises_is_an_unknown_and_stops_nobody_else(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    booked(world, CHAT, OTHER)
    world.door.script(CHAT, RuntimeError("a bug"))
    told = await drained(world)
    assert (told.sent, told.unknown) == (5, 1)
    assert "raised" in caplog.text


# what must not go out any more


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (SubscriberState.NONE, "reason.unsubscribed"),
        (SubscriberState.PAUSED, "reason.paused"),
        (SubscriberState.SUSPENDED, "reason.suspended"),
    ],
)
async def test_a_chat_that_left_between_booking_and_sending_gets_nothing(
    world: World, state: SubscriberState, reason: str
) -> None:
    booked(world)
    kept = world.ledger.subscriber(CHAT)
    assert kept is not None
    world.ledger.put_subscriber(replace(kept, state=state, next_at=None))
    await drained(world)
    assert world.door.calls == []
    assert states(world) == [(0, "skipped", reason)]


async def test_an_extra_push_goes_to_a_chat_that_never_subscribed(world: World) -> None:
    edition = world.shelf.publish("2026-W47", SLOT)
    send_now(world.store, CHAT, edition, now=SLOT)
    assert (await drained(world)).sent == 3


async def test_what_was_booked_too_long_ago_is_skipped_as_stale(world: World) -> None:
    booked(world)
    world.later(hours=48, seconds=1)
    told = await drained(world)
    assert (told.sent, told.skipped) == (0, 1)
    assert states(world) == [(0, "skipped", "reason.stale")]


async def test_an_edition_that_is_no_longer_there_is_told(world: World) -> None:
    booked(world)
    world.shelf.shelf.clear()
    assert (await drained(world)).failed == 1
    assert states(world) == [(0, "failed", "reason.no_edition")]


async def test_a_chat_that_cannot_be_composed_fails_after_three_tries_and_others_go_on(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from handlers import compose

    booked(world, CHAT, OTHER)
    digest = compose.digest
    tries = []

    def poisoned(edition: Any, stories: Any, subscriber: Any, *more: Any, **named: Any) -> Any:
        if subscriber.chat == CHAT:
            tries.append(1)
            raise ZeroDivisionError
        return digest(edition, stories, subscriber, *more, **named)

    monkeypatch.setattr(compose, "digest", poisoned)
    assert (await drained(world)).sent == 3
    for _ in range(5):
        world.later(minutes=10)
        await drained(world)
    assert len(tries) == 3
    assert states(world) == [(0, "failed", "reason.compose")]


async def test_what_kills_the_process_while_composing_is_given_up_after_five_starts(world: World) -> None:
    booked(world)
    for _ in range(5):
        booking = world.ledger.due_deliveries(world.later(minutes=1))[0]
        assert world.ledger.mark_sending(booking, at=world.now) is not None
        world.reopen()
        recover(world.store, now=world.now)
    assert states(world) == [(0, "failed", "reason.compose")]


async def test_a_full_disk_stops_sending_before_the_next_post(world: World) -> None:
    booked(world, CHAT, OTHER)

    class Full(Fuse):
        def __getattr__(self, name: str) -> Any:
            if name == "mark_sending" and world.door.calls:
                raise StoreFull(path="ledger.sqlite", detail="no space")
            return getattr(self._ledger, name)

    with pytest.raises(StoreFull):
        await drained(world, ledger=cast("Ledger", Full(world.ledger, 0, "")), in_flight=1)
    assert len(world.door.calls) == 1


# budgets


async def test_rates_are_kept_in_every_window_and_nothing_is_lost(world: World) -> None:
    rates = Rates(overall=7, per_chat=1, per_group=4)
    groups = [Chat("telegram", "7", f"-{n}") for n in range(4)]
    people = [Chat("telegram", "7", str(n)) for n in range(1, 16)]
    world.door.groups = frozenset(chat.id for chat in groups)
    booked(world, *groups, *people, count=6)
    pacer = Pacer({"telegram": rates})
    for _ in range(2000):
        told = await drained(world, pacer)
        if not told.waiting:
            break
        assert told.next_at is not None
        assert told.next_at > world.now
        world.now = told.next_at
    assert all(world.door.to(chat) == parts_of(world) for chat in (*groups, *people))
    calls = world.door.calls
    second, minute = timedelta(seconds=1), timedelta(minutes=1)
    for call in calls:
        window = [c for c in calls if call.at <= c.at < call.at + second]
        assert len(window) <= 7
        assert max(Counter(c.chat for c in window).values()) <= 1
        if call.chat in groups:
            assert sum(c.chat == call.chat for c in calls if call.at <= c.at < call.at + minute) <= 4


async def test_what_comes_due_while_a_drain_ends_is_still_told(world: World) -> None:
    """Every look at the clock costs time here, as it does in the world."""
    booked(world, CHAT, OTHER, count=4)
    pacer = Pacer({"telegram": Rates(overall=30, per_chat=25)})

    def clock() -> datetime:
        return world.later(milliseconds=7)

    for _ in range(500):
        told = await drain(world.store, {"telegram": world.door}, pacer, clock=clock)
        if not told.waiting:
            break
        assert told.next_at is not None
        assert told.next_at < SLOT + timedelta(hours=1)
    assert world.door.to(CHAT) == world.door.to(OTHER) == parts_of(world)


async def test_a_blocked_door_does_not_hide_the_rows_of_another(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.heads._LOOK", 3)
    slack = Chat("slack", "T1", "C1")
    booked(world, *(Chat("telegram", "7", str(n)) for n in range(20)), slack, count=1)
    pacer = Pacer()
    pacer.hold("door", CHAT, SLOT + timedelta(minutes=1))
    other_door = FakeDoor("slack", clock=world.clock)
    doors = cast("Any", {"telegram": world.door, "slack": other_door})
    told = await drain(world.store, doors, pacer, clock=world.clock)
    assert (told.sent, told.next_at) == (1, SLOT + timedelta(minutes=1))


# stopping


async def test_being_cancelled_lets_what_is_in_flight_be_settled(world: World) -> None:
    booked(world)
    crowd = world.door.close_gate(1)
    running = asyncio.create_task(drained(world))
    await crowd.wait()
    assert world.door.gate is not None
    running.cancel()
    for _ in range(3):
        await asyncio.sleep(0)
    world.door.gate.set()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert states(world) == [(0, "sent", ""), (1, "planned", ""), (2, "planned", "")]
    assert (await drained(world)).sent == 2
    assert world.door.to(CHAT) == parts_of(world)


async def test_what_takes_too_long_when_cancelled_is_left_to_recover(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.deliver._GRACE", 0.0)
    booked(world)
    crowd = world.door.close_gate(1)
    running = asyncio.create_task(drained(world))
    await crowd.wait()
    assert world.door.gate is not None
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert [d.part for d in world.ledger.interrupted()] == [0]
    world.door.gate = None
    assert recover(world.store, now=world.now) == 1
    await drained(world)
    assert states(world)[0] == (0, "unknown", "reason.interrupted")
    assert len(world.door.to(CHAT)) == 2


# a crash at every step


async def _steps(folder: Path, policy: str) -> int:
    """How many calls of the ledger one plan and drain of two chats make."""
    with a_world(folder, now=SLOT) as world:
        fuse = Fuse(world.ledger, 10**9, "before")
        world.shelf.publish("2026-W47", SLOT - timedelta(hours=1), count=2)
        subscribe(world, CHAT, OTHER, policy=policy)
        await _plan_and_drain(world, cast("Ledger", fuse))
        return 10**9 - fuse._left


@pytest.mark.parametrize("policy", ["at_most_once", "at_least_once"])
@pytest.mark.parametrize("where", ["before", "after"])
async def test_a_crash_at_any_step_loses_no_part_and_doubles_none_silently(
    tmp_path: Path, policy: str, where: str
) -> None:
    """The process dies at the nth call of the ledger, restarts, and goes on."""
    steps = await _steps(tmp_path / "count", policy)
    assert steps > 25
    for nth in range(1, steps + 1):
        with a_world(tmp_path / f"{nth}", now=SLOT) as world:
            world.shelf.publish("2026-W47", SLOT - timedelta(hours=1), count=2)
            subscribe(world, CHAT, OTHER, policy=policy)
            fuse = cast("Ledger", Fuse(world.ledger, nth, where))
            with pytest.raises(Crash):
                await _plan_and_drain(world, fuse)
            await _go_on(world)
            _check(world, nth, policy)


async def _plan_and_drain(world: World, ledger: Ledger) -> None:
    plan(world.store_on(ledger), now=SLOT)
    await drained(world, ledger=ledger)


async def _go_on(world: World) -> None:
    """What the next process does."""
    world.reopen()
    recover(world.store, now=world.now)
    for _ in range(3):
        plan(world.store, now=world.now)
        await drained(world)
        world.later(minutes=2)


def _check(world: World, nth: int, policy: str) -> None:
    expected = parts_of(world)
    for chat in (CHAT, OTHER):
        copies = Counter(world.door.to(chat))
        found = world.ledger.deliveries(chat, limit=100)
        assert [d.part for d in found] == [0, 1], nth
        assert {d.state for d in found} <= {SENT, UNKNOWN}, nth
        for row in found:
            count = copies[expected[row.part]]
            if policy == "at_least_once":
                assert 1 <= count <= 2, nth
            else:
                assert count == 1 if row.state is SENT else count <= 1, nth
    doubled = len(world.door.sent) - 4
    unknown = world.ledger.delivery_counts().get(UNKNOWN, 0)
    assert -2 <= doubled <= 2, nth  # one part of each chat can be in flight
    assert unknown <= 2, nth
    if policy == "at_most_once":
        assert 0 <= -doubled <= unknown, nth


async def test_the_recovered_digest_says_what_the_first_try_said(world: World) -> None:
    """The parts are frozen when they are first composed: a correction in between does not mix in."""
    booked(world)
    world.door.script(CHAT, Outcome("sent", message_id="1"), Outcome("not_sent"))
    expected = parts_of(world)
    await drained(world)
    world.shelf.publish("2026-W47", SLOT, stories=(a_story("2026-W47-1", title="corrected"),))
    world.later(minutes=1)
    await drained(world)
    assert world.door.to(CHAT) == expected


def test_drains_add_up() -> None:
    one = Drained(sent=1, failed=2, stopped=(("slack", "T1"),), next_at=SLOT)
    two = Drained(sent=3, unknown=1, skipped=1, waiting=4, stopped=(("slack", "T1"),), paused=("telegram",))
    assert one.plus(two) == Drained(4, 2, 1, 1, 4, None, (("slack", "T1"),), ("telegram",))


async def test_a_clock_that_moves_on_at_every_look_holds_nothing_back(world: World) -> None:
    """As a real clock does: "ready now" is never later than the now it was asked for."""
    booked(world)
    looks = iter(range(1_000_000))

    def moving() -> datetime:
        return SLOT + timedelta(microseconds=next(looks))

    told = await drain(world.store, {"telegram": world.door}, Pacer(), clock=moving)

    assert told.sent == 3
    assert world.door.to(CHAT) == parts_of(world)
