"""That an answer is on its way: shown while one takes longer than a moment, never for a fast one."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from typing import TypeVar

from telegram import Bot
from telegram.constants import ChatAction
from telegram.error import TelegramError

from store.model import Chat

log = logging.getLogger(__name__)

MOMENT = 0.8  # seconds that nobody notices
AGAIN = 4.5  # seconds; the platform shows it for five

T = TypeVar("T")


async def shown_typing(bot: Bot, chat: Chat, work: Awaitable[T], *, moment: float = MOMENT) -> T:
    """The work's result; while it is not there yet, the chat sees that something is written."""
    task = asyncio.ensure_future(work)
    try:
        done, _ = await asyncio.wait({task}, timeout=moment)
        while not done:
            if not await _show(bot, chat):
                break
            done, _ = await asyncio.wait({task}, timeout=AGAIN)
        return await task
    finally:
        task.cancel()


async def _show(bot: Bot, chat: Chat) -> bool:
    """False where it cannot be shown: the answer itself will find out why."""
    try:
        await bot.send_chat_action(
            int(chat.id), ChatAction.TYPING, message_thread_id=int(chat.thread) if chat.thread else None
        )
    except TelegramError as error:
        log.info("typing could not be shown: %s", error)
        return False
    return True
