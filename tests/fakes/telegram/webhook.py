"""Delivers updates to the webhook that was set, one after the other, with the secret it was given."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import aiohttp

from tests.fakes.telegram.world import Json, World

HEADER = "X-Telegram-Bot-Api-Secret-Token"


class Postman:
    """`statuses` are the answers to every try. What was not answered with 2xx waits until
    `again()`: the platform would come back after some time.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.statuses: list[tuple[int, int]] = []
        self._held: set[int] = set()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="postman")

    async def stop(self) -> None:
        assert self._task is not None
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    def again(self) -> None:
        """Deliver once more what was refused."""
        self._held.clear()
        self.world.notify()

    async def post(self, update: Json, **headers: str) -> int:
        """One delivery of any update; `headers` beside the secret, or instead of it."""
        assert self.world.webhook is not None
        known = self.world.webhook
        given = {HEADER: known["secret_token"]} if known.get("secret_token") else {}
        async with (
            aiohttp.ClientSession() as session,
            session.post(known["url"], json=update, headers={**given, **headers}) as answer,
        ):
            await answer.read()
            return answer.status

    def _owed(self) -> list[Json]:
        if self.world.webhook is None:
            return []
        allowed = set(self.world.webhook.get("allowed_updates", ()))
        waiting = [one for one in self.world.updates if one["update_id"] not in self._held]
        return [one for one in waiting if not allowed or allowed & set(one)]

    async def _run(self) -> None:
        while True:
            await self.world.until(self._owed, guard=3600)
            for update in self._owed()[:1]:
                await self._try(update)

    async def _try(self, update: Json) -> None:
        try:
            status = await self.post(update)
        except aiohttp.ClientError:
            status = 0
        self.statuses.append((update["update_id"], status))
        if 200 <= status < 300:
            self.world.updates = [one for one in self.world.updates if one is not update]
        else:
            self._held.add(update["update_id"])
        self.world.notify()
