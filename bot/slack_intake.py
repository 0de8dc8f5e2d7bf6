"""Taking in: each delivery is kept in the ledger, durably, then acknowledged, then worked on."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Coroutine
from datetime import datetime

from bot.slack_blocks import Json
from bot.slack_desk import Desk
from bot.slack_inbound import Incoming, access, kept, read, removal
from bot.slack_tenancy import Tenancy
from bot.slack_workspace import EACH_MOST, Workspace, Workspaces
from handlers.leftovers import handled_again, leftovers
from store.bundle import Store
from store.errors import StoreError

log = logging.getLogger(__name__)

AT_ONCE = 16  # deliveries worked on at the same time, of one workspace EACH_AT_ONCE
MOST = 1_000  # deliveries kept waiting, of one workspace EACH_MOST; then Slack is told to come again


class Intake:
    """`tenancy` None = no workspace may install the app by itself. Takes nothing until begin()."""

    def __init__(
        self,
        store: Store,
        desk: Desk,
        spaces: Workspaces,
        tenancy: Tenancy | None,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._desk = desk
        self._spaces = spaces
        self._tenancy = tenancy
        self._clock = clock
        self._tasks: set[asyncio.Task[None]] = set()
        self._room = asyncio.Semaphore(AT_ONCE)
        self.open = False

    def begin(self) -> None:
        """Take in from now on, and take up what was received before and not handled."""
        self.open = True
        left = leftovers(self._store, "slack:", now=self._clock())
        self.spawn(handled_again(self._store, left, self._handle))

    async def finish(self, *, patience: float) -> None:
        """Take nothing more in and let what was begun end; what takes longer than `patience` seconds
        is left for the next start.
        """
        self.open = False
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=patience)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def settled(self) -> None:
        """Return when everything received so far has been handled."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def spawn(self, work: Coroutine[object, object, None]) -> asyncio.Task[None]:
        """Work that finish() waits for."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def take(self, body: Json) -> tuple[int, str]:
        """Keep one delivery; the status says whether Slack need not come again. What a form's fields
        say wrong is told at once, beside them.
        """
        if not self.open or len(self._tasks) >= MOST:
            return 503, ""
        came = read(body)
        if came is None or not self._for_us(came):
            return 200, ""
        workspace, said = self._of(came), ""
        if workspace is not None and workspace.waiting >= EACH_MOST:
            return 503, ""
        if workspace is not None and came.kind == "submit":
            keep, said = await workspace.surfaces.checked(came)
            if not keep:
                return 200, said
        try:
            text = json.dumps(kept(body), ensure_ascii=False)
            new = self._store.ledger.receive(came.key, text, at=self._clock())
        except StoreError:
            log.exception("slack: a delivery could not be kept")
            return 503, ""
        if new:
            self.spawn(self._handle(came.key, text))
        return 200, said

    def _of(self, came: Incoming) -> Workspace | None:
        return self._spaces.of(came.enterprise, came.team)

    def _for_us(self, came: Incoming) -> bool:
        """From a workspace that is served; a removal also from one that is stopped."""
        ours = self._of(came) is not None
        if not ours and (removal(came) or access(came)) and self._tenancy is not None:
            ours = self._tenancy.knows(came)
        if not ours:
            log.warning("slack: a delivery for another workspace was left alone")
        return ours

    async def _handle(self, key: str, body: str) -> None:
        try:
            came = read(json.loads(body))
            if came is not None and self._for_us(came):
                await self._in_turn(came)
        except Exception:
            log.exception("slack: a delivery could not be handled")
        try:
            self._store.ledger.handled(key, at=self._clock())
        except StoreError:
            log.exception("slack: a delivery could not be settled")

    async def _in_turn(self, came: Incoming) -> None:
        """A workspace that asks for much waits for itself: the others' turns come all the same."""
        workspace = self._of(came)
        if removal(came) and self._tenancy is not None and (workspace is None or workspace.home):
            await self._tenancy.removed(came)
            return
        if access(came) and self._tenancy is not None:
            await self._spaces.welcome(await self._tenancy.moved(came, access(came)))
            return
        if workspace is None:
            return
        workspace.waiting += 1
        try:
            async with workspace.room, self._room:
                await self._desk.work(came, workspace)
        finally:
            workspace.waiting -= 1
