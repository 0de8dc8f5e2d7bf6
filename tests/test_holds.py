"""Pushes that are held: by a copy of before, by a clock, by chats that refuse."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from handlers.deliver import drain
from handlers.holds import go_on, leave_out, watch
from handlers.limits import Pacer
from handlers.weekly import plan
from store.model import Chat, DeliveryState, Subscriber, SubscriberState
from tests.fake_door import World, a_world

SLOT = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
CHATS = [Chat("telegram", "7", str(number)) for number in range(3)]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Three chats are due; a fourth has been booked."""
    with a_world(tmp_path, now=SLOT) as made:
        made.shelf.publish("2026-W47", SLOT - timedelta(hours=1), count=1)
        active = Subscriber(CHATS[0], state=SubscriberState.ACTIVE, next_at=SLOT, last_week="2026-W47")
        made.ledger.put_subscriber(replace(active, chat=Chat("telegram", "7", "booked")))
        plan(made.store, now=SLOT)
        for chat in CHATS:
            made.ledger.put_subscriber(replace(active, chat=chat))
        yield made


async def push(world: World) -> tuple[int, int, str]:
    """(booked, sent, held) of a bot's tick."""
    watch(world.store, now=world.now)
    planned = plan(world.store, now=world.now)
    told = await drain(world.store, {"telegram": world.door}, Pacer(), clock=world.clock)
    return len(planned.booked), told.sent, told.held


async def test_a_held_push_plans_nothing_and_sends_nothing_until_it_goes_on(world: World) -> None:
    world.ledger.hold("push", "reason.restored", at=SLOT)
    assert await push(world) == (0, 0, "reason.restored")
    assert len(plan(world.store, now=SLOT, dry_run=True).booked) == 3
    go_on(world.store, now=world.now)
    assert await push(world) == (3, 4, "")


async def test_what_was_held_can_be_left_out_and_the_next_week_comes(world: World) -> None:
    world.ledger.hold("push", "reason.restored", at=SLOT)
    assert leave_out(world.store, now=world.now) == 4
    assert await push(world) == (0, 0, "")
    rows = world.ledger.deliveries(limit=99)
    assert {(row.state, row.reason) for row in rows} == {(DeliveryState.SKIPPED, "reason.held")}
    world.shelf.publish("2026-W48", SLOT + timedelta(days=6))
    world.later(days=7)
    assert (await push(world))[0] == 4


async def test_a_clock_that_jumps_years_ahead_holds_and_one_that_comes_back_lets_go(world: World) -> None:
    assert await push(world) == (3, 4, "")
    world.shelf.publish("2026-W48", SLOT + timedelta(days=6))
    world.later(days=3650)
    assert await push(world) == (0, 0, "reason.clock")
    world.now = SLOT + timedelta(days=7)
    assert await push(world) == (4, 12, "")


async def test_a_bot_that_was_off_for_weeks_is_not_held(world: World) -> None:
    assert await push(world) == (3, 4, "")
    world.shelf.publish("2026-W48", SLOT + timedelta(days=27), count=1)
    world.later(days=28)
    assert await push(world) == (4, 4, "")


async def test_a_clock_that_was_set_back_sends_nothing_twice(world: World) -> None:
    assert await push(world) == (3, 4, "")
    for days in (1, 400, 20_000):
        world.now = SLOT - timedelta(days=days)
        assert await push(world) == (0, 0, "")
    world.now = SLOT + timedelta(hours=1)
    assert (await push(world))[1] == 0


async def test_an_admin_who_says_go_on_is_believed_about_the_clock(world: World) -> None:
    assert await push(world) == (3, 4, "")
    world.later(days=100)
    assert (await push(world))[2] == "reason.clock"
    go_on(world.store, now=world.now)
    assert (await push(world))[2] == ""


async def test_a_start_without_a_clock_holds_nothing_once_the_clock_is_right(world: World) -> None:
    """1970 until the time is fetched: the jump that follows is the clock's way home."""
    watch(world.store, now=SLOT)
    assert watch(world.store, now=datetime(1970, 1, 1, tzinfo=UTC)) == ""
    assert watch(world.store, now=SLOT + timedelta(hours=1)) == ""
