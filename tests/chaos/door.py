"""The door to tests/chaos/platform.py: one request, one line; says when it is about to write."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

from handlers.door import Outcome, Rates
from handlers.message import Card, Reply
from store.model import Chat, Platform

Point = Callable[[str], None]


def nowhere(_: str) -> None:
    """A fail point that never fails."""


class SocketDoor:
    """Sends each card of a digest as a part of its own."""

    platform: Platform = "telegram"
    announces: Literal[True] = True

    def __init__(self, path: Path, *, overall: float = 1000, point: Point = nowhere) -> None:
        self.rates = Rates(overall=overall, per_chat=1 if overall <= 1000 else overall)
        self._path = path
        self._point = point
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    def parts(self, reply: Reply) -> Sequence[str]:
        cards = [block for block in reply.blocks if isinstance(block, Card)]
        return [f"{number} {''.join(run.text for run in card.title)}" for number, card in enumerate(cards)]

    async def send(
        self,
        chat: Chat,
        part: str,
        *,
        first: str,
        silent: bool = False,
        went: Callable[[], None] | None = None,
    ) -> Outcome:
        self._point("door before connecting")
        link = self._idle.pop() if self._idle else await asyncio.open_unix_connection(str(self._path))
        self._point("door before the mark")
        if went is not None:
            went()
        self._point("door after the mark")
        reader, writer = link
        writer.write(f"{chat.id}\t{part}\n".encode())
        self._point("door after writing")
        answer = await reader.readline()
        self._point("door after the answer")
        if not answer.endswith(b"\n"):
            return Outcome("unknown", reason="reason.unanswered")
        self._idle.append(link)
        return Outcome("sent", message_id=answer.decode().strip())

    def is_group(self, chat: Chat) -> bool:
        return False
