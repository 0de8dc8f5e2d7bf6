"""Answering: a reply goes into a chat, in place of the message whose button was pressed or below."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from telegram import Bot

from bot import telegram_render as render
from bot.telegram_asking import asking, key_of_question
from bot.telegram_inbound import Heard, Me
from bot.telegram_send import edit, judge
from bot.telegram_transport import Progress
from handlers import chats
from handlers.buttons import payload
from handlers.door import Outcome
from handlers.message import Button, Reply
from store.bundle import Store
from store.model import Chat

log = logging.getLogger(__name__)

Pause = Callable[[float], Awaitable[None]]

TRIES = 3
LONGEST_WAIT = 30.0  # seconds that an answer waits for a busy platform


class Sender(Protocol):
    """What answering needs of the door."""

    async def send(self, chat: Chat, part: str, *, first: str, silent: bool = False) -> Outcome: ...


class Answering:
    """`pause` is how it waits between two messages, and while Telegram is busy."""

    def __init__(
        self,
        bot: Bot,
        sender: Sender,
        store: Store,
        clock: Callable[[], datetime],
        *,
        me: Me,
        pause: Pause,
    ) -> None:
        self._bot, self._sender, self._store, self._clock = bot, sender, store, clock
        self._me = me
        self.pause = pause

    async def respond(
        self, reply: Reply, chat: Chat, *, pressed_id: int | None = None, to: Heard | None = None
    ) -> bool:
        """Say it: in place of the message whose button was pressed, or below. False when the chat
        took none of it, or not all.
        """
        parts = list(render.parts(reply, self._me.username))
        if reply.asks:
            parts[-1] = asking(parts[-1], reply, to)
        changes = reply.replace and reply.file is None and len(parts) == 1
        if pressed_id is not None and changes and await self._replaced(chat, pressed_id, parts[0]):
            return True
        for at, part in enumerate(parts):
            if at:
                await self.pause(1.0)
            asks = reply.asks if at == len(parts) - 1 else ""
            chat, going = await self._say(chat, part, silent=reply.silent, asks=asks)
            if not going:
                return False
        return True

    async def _replaced(self, chat: Chat, pressed_id: int, part: str) -> bool:
        """Change the message; False when it must be said below instead. A change whose fate is
        unknown is made again, which does no harm.
        """

        def made(button: Button) -> str:
            return payload(button, chat, self._store, self._clock())

        for _ in range(TRIES):
            try:
                return await edit(self._bot, chat, pressed_id, render.loads(part), made)
            except Exception as error:  # noqa: BLE001 - whatever an odd answer makes of the library
                outcome = judge(error, Progress(written=True, answered=True))
            if outcome.kind not in {"wait", "unknown", "not_sent"} or outcome.seconds > LONGEST_WAIT:
                return False
            await self.pause(outcome.seconds or 1.0)
        log.warning("a message could not be changed in %s: %s", chat, outcome.detail)
        return True

    async def _say(self, chat: Chat, part: str, *, silent: bool, asks: str = "") -> tuple[Chat, bool]:
        """Send one part, waiting a little where the platform is busy. Never twice: what may
        have arrived is not sent again. Returns the chat as it is named now, and whether the
        next part should follow.
        """
        for _ in range(TRIES):
            outcome = await self._sender.send(chat, part, first="", silent=silent)
            match outcome.kind:
                case "sent" | "unknown":
                    if asks and outcome.message_id:
                        key = key_of_question(chat, outcome.message_id)
                        self._store.ledger.keep_draft(key, asks, at=self._clock())
                    return chat, True
                case "moved":
                    chats.moved(self._store, chat, outcome.new_id, self._clock())
                    chat = replace(chat, id=outcome.new_id)
                case "wait" if outcome.seconds <= LONGEST_WAIT:
                    await self.pause(outcome.seconds)
                case "not_sent":
                    await self.pause(1.0)
                case _:
                    break
        log.warning("an answer was not sent to %s: %s %s", chat, outcome.kind, outcome.detail)
        if outcome.kind == "gone":
            chats.refused(self._store, chat, outcome.reason, self._clock())
        return chat, outcome.kind == "refused"
