"""Long polling that takes an update in before it tells Telegram so.

The library's own poller puts updates into a queue in memory and acknowledges them with its next
request; a kill between loses them, and one update that it cannot read stops them all. Here each
raw update is handed over, kept durably, and only then counted as received.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from telegram import Bot
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError
from telegram.request import BaseRequest

from bot.telegram_inbound import KINDS
from store.errors import StoreError

log = logging.getLogger(__name__)

POLL = 50.0  # seconds that an idle poll is held open
_SLOWEST = 30.0
_TOKEN = 60.0  # seconds between two tries with a token that is refused

Take = Callable[[Mapping[str, Any]], Awaitable[None]]
Pause = Callable[[float], Awaitable[None]]


class Poller:
    """Polls until cancelled; whatever goes wrong is logged, waited for and tried again."""

    def __init__(self, bot: Bot, take: Take, *, polls: BaseRequest, pause: Pause) -> None:
        self.bot, self.take, self.polls, self.pause = bot, take, polls, pause
        self.offset = 0
        self.failures = 0

    async def run(self) -> None:
        webhook = True  # one may be set: nothing can be polled then, and updates that wait are kept
        while True:
            try:
                if webhook:
                    await self.bot.delete_webhook(drop_pending_updates=False)
                    webhook = False
                for raw in await self._updates():
                    await self.take(raw)
                    self.offset = raw["update_id"] + 1
                self.failures = 0
            except (TelegramError, StoreError) as error:
                webhook = webhook or (isinstance(error, Conflict) and "webhook" in str(error))
                await self.pause(self._wait(error))
            except Exception:
                # Never the end of polling: the same updates come again.
                log.exception("polling failed")
                await self.pause(self._slower())

    async def _updates(self) -> list[dict[str, Any]]:
        query = {"timeout": int(POLL), "allowed_updates": json.dumps(KINDS)}
        if self.offset:
            query["offset"] = self.offset
        url = f"{self.bot.base_url}/getUpdates?{urlencode(query)}"
        found: Any = await self.polls.post(url, read_timeout=POLL + 10)
        return [one for one in found if isinstance(one, dict) and isinstance(one.get("update_id"), int)]

    def _wait(self, error: TelegramError | StoreError) -> float:
        """Seconds until the next try."""
        match error:
            case RetryAfter():
                after: Any = error.retry_after
                return float(after.total_seconds())
            case Conflict():
                log.error("another program takes this bot's updates (409 Conflict); stop one of the two")
                return self._slower()
            case InvalidToken():
                log.error("the server refuses the bot's token; give a new one and start again")
                return _TOKEN
            case StoreError():
                log.error("updates cannot be kept and are left with Telegram: %s", error)
                return self._slower()
            case _:
                log.warning("polling: %s", error)
                return self._slower()

    def _slower(self) -> float:
        self.failures += 1
        return float(min(_SLOWEST, 2 ** (self.failures - 1)))
