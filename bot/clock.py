"""The bell. APScheduler rings; what is due is data, so a bell lost, late or doubled costs nothing."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

log = logging.getLogger(__name__)

_EVERY = timedelta(seconds=5)
_SOONEST = timedelta(milliseconds=20)
_BELL = "bell"


class Rung(Protocol):
    """What ringing may tell: when there is something to do again."""

    @property
    def next_at(self) -> datetime | None: ...


Ring = Callable[[], Awaitable[Rung | None]]


class Clock:
    """Rings at the start, then `every` so often, and at the moment that ringing names if sooner.

    One ring at a time; bells during a ring are one more ring after it. Each bell is a single date
    job armed after the ring before, so no clock jump can make a backlog of them. Where the bell
    stays silent much longer than it should (APScheduler sleeps through a clock that was set back),
    the clock rings by itself and arms it again.
    """

    def __init__(
        self,
        *,
        every: timedelta = _EVERY,
        patience: timedelta | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        from apscheduler.schedulers.asyncio import AsyncIOScheduler  # type: ignore[import-untyped]

        self._every = every
        self._patience = (patience or 3 * every).total_seconds()
        self._now = now
        self._bell = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._scheduler = AsyncIOScheduler(
            timezone=UTC,
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )

    def start(self, ring: Ring) -> None:
        """Begin, in the running event loop. What `ring` raises is logged and rung again."""
        self._scheduler.start()
        self._bell.set()
        self._task = asyncio.get_running_loop().create_task(self._run(ring))

    def ring_soon(self) -> None:
        """Ring now: something became due outside the schedule."""
        self._bell.set()

    def stop(self) -> None:
        """No more bells. A ring that is under way is cancelled: stopped() waits for it. Idempotent."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        if self._task is not None:
            self._task.cancel()

    async def stopped(self) -> None:
        """Returns when nothing rings any more, after stop()."""
        if self._task is not None:
            await asyncio.wait([self._task])

    async def _run(self, ring: Ring) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._patience):
                    await self._bell.wait()
            self._bell.clear()
            try:
                rung = await ring()
            except Exception:
                log.exception("the bell rang and something went wrong")
                rung = None
            self._arm(None if rung is None else rung.next_at)

    def _arm(self, next_at: datetime | None) -> None:
        now = self._now()
        at = now + self._every
        if next_at is not None:
            at = max(now + _SOONEST, min(at, next_at))
        self._scheduler.add_job(self._bell.set, "date", run_date=at, id=_BELL, replace_existing=True)
