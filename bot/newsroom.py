"""The newsroom while the bot runs: what feeds brought is read, the edition published when it is due, and
a language model, where there is one, asked for what chats would like to read in their own language.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from bot.settings import Settings
from store.bundle import Store
from store.errors import StoreError

if TYPE_CHECKING:
    from handlers.newsroom.desk import Desk
    from handlers.newsroom.retelling import Retelling

log = logging.getLogger(__name__)


class _App(Protocol):
    """What the newsroom needs of the App."""

    settings: Settings
    store: Store
    clock: Callable[[], datetime]
    background: set[asyncio.Task[None]]


class Newsroom:
    """A part of the App: `work` is called by every tick."""

    def __init__(self, app: _App) -> None:
        self._app = app
        self._desk: Desk | None = None
        self._retelling: Retelling | None = None
        self._task: asyncio.Task[None] | None = None

    async def work(self, seconds: float) -> bool:
        """Read what feeds brought for about so long; True while more waits. When all is read, publish what
        is due.
        """
        if self._app.store.feeds is None:
            return False
        if self._desk is None:
            from handlers.newsroom.desk import Desk

            self._desk = Desk(self._app.store)
        self._ask_model()
        end = time.perf_counter() + seconds
        while await self._desk.step_aside(self._app.clock()):
            if time.perf_counter() >= end:
                return True
        if edition := await self._desk.publish_due(self._app.clock()):
            log.warning("edition %s was made of the feeds' news and published", edition.id)
        return False

    def _ask_model(self) -> None:
        """Begin to ask the model for what is wished for, unless it is being asked; nothing waits for it."""
        settings = self._app.settings
        if not settings.model_url or (self._task is not None and not self._task.done()):
            return
        if self._retelling is None:
            from bot.fetch_model import model_at
            from handlers.newsroom.retelling import Budget, Retelling

            model = model_at(settings.model_url, key=settings.model_key, name=settings.model_name)
            self._retelling = Retelling(self._app.store, model, Budget(*settings.model_budget))
        self._task = asyncio.create_task(self._ask(self._retelling))
        self._app.background.add(self._task)
        self._task.add_done_callback(self._app.background.discard)

    async def _ask(self, retelling: Retelling) -> None:
        try:
            while await retelling.step(self._app.clock()):
                pass
        except StoreError:
            log.exception("what the language model said was not kept")
