"""The console door: commands on standard input, answers and pushes on standard output."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from typing import TextIO

from bot.console_render import render
from handlers.door import Outcome, Rates
from handlers.message import Answer, Ask, Reply
from store.model import Chat, Platform

CONSOLE_CHAT = Chat("console", "local", "console")
CONSOLE_USER = "console"

_LEAVE = frozenset({"exit", "quit", "/exit", "/quit"})


async def owns(ask: Ask) -> bool:
    """Whoever sits at the console may change the console chat's settings."""
    return ask.chat.platform == "console"


class ConsoleDoor:
    """Prints what a chat would get. Its one chat is CONSOLE_CHAT, its user an admin."""

    platform: Platform = "console"
    rates = Rates(overall=10_000, per_chat=10_000)

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out if out is not None else sys.stdout
        self.sent = 0

    def parts(self, reply: Reply) -> Sequence[str]:
        return (render(reply),)

    async def send(self, chat: Chat, part: str, *, first: str, silent: bool = False) -> Outcome:
        """Write the part and a blank line; a closed pipe means nobody reads any more."""
        del chat, first, silent
        try:
            self._out.write(part + "\n\n")
            self._out.flush()
        except (OSError, ValueError) as error:
            return Outcome("gone", reason="reason.console_closed", detail=type(error).__name__)
        self.sent += 1
        return Outcome("sent", message_id=str(self.sent))

    def is_group(self, chat: Chat) -> bool:
        del chat
        return False

    async def converse(
        self, answer: Answer, clock: Callable[[], datetime], lines: AsyncIterator[str]
    ) -> None:
        """Answer every line until there are no more, or one says to leave."""
        async for text in lines:
            typed = text.strip()
            if typed.lower() in _LEAVE:
                return
            if not typed:
                continue
            ask = Ask(text=typed, chat=CONSOLE_CHAT, now=clock(), user=CONSOLE_USER, admin=True)
            reply = await answer(ask, owns)
            if reply is not None:
                await self.send(CONSOLE_CHAT, render(reply), first="")


async def typed_lines(source: TextIO | None = None, *, prompt: str = "jianbao> ") -> AsyncIterator[str]:
    """Lines of standard input as they come; a prompt is shown on a terminal only.

    A thread of its own reads, so that a program that is told to stop need not wait for a key.
    """
    stream = source if source is not None else sys.stdin
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[str | None] = asyncio.Queue()
    asked = threading.Semaphore(0)

    def read() -> None:
        interactive = stream.isatty()
        while True:
            asked.acquire()
            text = _next_line(stream, prompt if interactive else "")
            try:
                loop.call_soon_threadsafe(queue.put_nowait, text)
            except RuntimeError:  # the loop is closed: the program has ended
                return
            if text is None:
                return

    threading.Thread(target=read, name="console", daemon=True).start()
    while True:
        asked.release()
        text = await queue.get()
        if text is None:
            return
        yield text


def _next_line(stream: TextIO, prompt: str) -> str | None:
    """The next line, None at the end. Bytes that are no UTF-8 become replacement characters."""
    if prompt:
        sys.stderr.write(prompt)
        sys.stderr.flush()
    try:
        text = stream.readline()
    except (OSError, ValueError):
        return None
    return text or None
