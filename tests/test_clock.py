"""The bell rings, whatever happens to a ring or to the time of day."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from bot.clock import Clock

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Rung:
    next_at: datetime | None


class Bell:
    """Counts rings; what a ring does or raises can be set."""

    def __init__(self) -> None:
        self.count = 0
        self.heard = asyncio.Condition()
        self.does: Callable[[], Awaitable[Rung | None]] | None = None

    async def ring(self) -> Rung | None:
        async with self.heard:
            self.count += 1
            self.heard.notify_all()
        return await self.does() if self.does is not None else None

    async def until(self, count: int) -> None:
        async with asyncio.timeout(30), self.heard:
            await self.heard.wait_for(lambda: self.count >= count)


@pytest.fixture
async def bell() -> Bell:
    return Bell()


async def end(clock: Clock) -> None:
    clock.stop()
    await clock.stopped()
    clock.stop()


async def test_it_rings_at_the_start_and_when_asked(bell: Bell) -> None:
    clock = Clock(every=HOUR)
    clock.start(bell.ring)
    await bell.until(1)
    clock.ring_soon()
    await bell.until(2)
    await end(clock)


async def test_it_rings_every_so_often(bell: Bell) -> None:
    clock = Clock(every=timedelta(milliseconds=5), patience=HOUR)
    clock.start(bell.ring)
    await bell.until(4)
    await end(clock)


async def test_it_rings_when_something_is_due_before_its_time(bell: Bell) -> None:
    async def due() -> Rung:
        return Rung(datetime.now(UTC) + timedelta(milliseconds=5))

    bell.does = due
    clock = Clock(every=HOUR)
    clock.start(bell.ring)
    await bell.until(3)
    await end(clock)


async def test_a_time_that_has_passed_does_not_make_it_ring_without_pause(bell: Bell) -> None:
    armed: list[datetime] = []

    async def overdue() -> Rung:
        return Rung(datetime(1970, 1, 1, tzinfo=UTC))

    bell.does = overdue
    now = datetime.now(UTC) + HOUR
    clock = Clock(every=HOUR, now=lambda: now)
    clock._scheduler.add_job = lambda *_, run_date, **__: armed.append(run_date)
    clock.start(bell.ring)
    await bell.until(1)
    clock.ring_soon()
    await bell.until(2)
    await end(clock)
    assert armed[0] > now
    assert armed[0] - now < timedelta(seconds=1)


async def test_a_ring_that_fails_is_logged_and_rung_again(
    bell: Bell, caplog: pytest.LogCaptureFixture
) -> None:
    async def fails() -> Rung:
        raise ZeroDivisionError

    bell.does = fails
    clock = Clock(every=timedelta(milliseconds=5))
    clock.start(bell.ring)
    await bell.until(3)
    await end(clock)
    assert "ZeroDivisionError" in caplog.text


async def test_bells_during_a_ring_are_one_ring_after_it(bell: Bell) -> None:
    gate = asyncio.Event()

    async def slow() -> None:
        await gate.wait()

    bell.does = slow
    clock = Clock(every=HOUR)
    clock.start(bell.ring)
    await bell.until(1)
    for _ in range(5):
        clock.ring_soon()
    gate.set()
    await bell.until(2)
    await asyncio.sleep(0)
    await end(clock)
    assert bell.count == 2


async def test_a_scheduler_asleep_behind_a_clock_that_was_set_back_is_woken(bell: Bell) -> None:
    ahead = datetime.now(UTC) + 1000 * HOUR
    clock = Clock(every=timedelta(milliseconds=5), patience=timedelta(milliseconds=50), now=lambda: ahead)
    clock.start(bell.ring)
    await bell.until(3)
    await end(clock)


async def test_stopping_waits_for_a_ring_to_be_put_down(bell: Bell) -> None:
    put_down = []

    async def busy() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            put_down.append(True)

    bell.does = busy
    clock = Clock(every=HOUR)
    clock.start(bell.ring)
    await bell.until(1)
    await end(clock)
    assert put_down == [True]
