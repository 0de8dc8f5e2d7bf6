"""The console: a line is answered, and leaving is said as people say it."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator

import pytest

from bot.console import ConsoleDoor, typed_lines
from handlers.message import Ask, Manages, Reply, Text, line
from tests.build import NOON


async def answered(typed: str) -> tuple[list[str], str]:
    """What was asked, and what was written."""
    asked, out = list[str](), io.StringIO()

    async def answer(ask: Ask, manages: Manages) -> Reply | None:
        assert await manages(ask)
        asked.append(ask.text)
        return Reply((Text(line(f"about {ask.text}")),), "en")

    lines: AsyncIterator[str] = typed_lines(io.StringIO(typed))
    await ConsoleDoor(out).converse(answer, lambda: NOON, lines)
    return asked, out.getvalue()


async def test_every_line_is_answered_until_there_are_no_more() -> None:
    asked, written = await answered("/latest\n\n   \n메이투안\nlast")
    assert asked == ["/latest", "메이투안", "last"]
    assert written == "about /latest\n\nabout 메이투안\n\nabout last\n\n"


@pytest.mark.parametrize("leaving", ["exit", "quit", "/quit", " Exit "])
async def test_leaving_is_no_question(leaving: str) -> None:
    asked, _ = await answered(f"/latest\n{leaving}\n/more\n")
    assert asked == ["/latest"]
