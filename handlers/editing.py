"""What a running bot does for its editors, before and behind every push."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta

from handlers.corrections import Corrector
from handlers.door import Door
from handlers.limits import Pacer
from handlers.publish_cmd import publish_due
from handlers.reminder import hungry, remind
from store.bundle import Store
from store.model import Chat, Platform

_REMIND_EVERY = timedelta(minutes=10)


class Editing:
    """One process's memory of it: everything that must outlive the process is in the ledger."""

    def __init__(
        self, store: Store, doors: Mapping[Platform, Door], pacer: Pacer, clock: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._doors = doors
        self._clock = clock
        self._corrector = Corrector(store, doors, pacer, clock)
        self._reminded = datetime.min.replace(tzinfo=UTC)

    async def before_the_push(self, editors: Callable[[], Awaitable[Collection[Chat]]]) -> None:
        """Publish what is due, and remind the editors of what is missing; they are only looked up
        when something is.
        """
        now = self._clock()
        publish_due(self._store, now=now)
        if not timedelta() <= now - self._reminded < _REMIND_EVERY:
            self._reminded = now
            if hungry(self._store, now=now):
                remind(self._store, self._doors, await editors(), now=now)

    async def behind_the_push(self, next_at: datetime | None) -> datetime | None:
        """Correct what was posted, write down what was counted; when there is more to do, `next_at`
        included.
        """
        corrected = await self._corrector.turn()
        self._store.ledger.flush_asked()
        due = [one.at for one in self._store.ledger.publications()[:1]]
        return min(filter(None, (next_at, corrected.next_at, *due)), default=None)
