"""Asking as a person does, and reading an answer: for tests of the handlers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from handlers.answer import answer
from handlers.message import (
    Ask,
    Bullets,
    Button,
    Buttons,
    Card,
    Heading,
    Line,
    Note,
    Picture,
    Quote,
    Reply,
    Text,
)
from store.bundle import Store
from store.catalogue import load
from store.model import Chat, Edition, Story
from store.sqlite import open_ledger
from store.tiny import open_library
from tests.build import NOON

CHAT = Chat("telegram", "100", "7")

Week = tuple[Edition, Sequence[Story]]


def a_store(folder: Path, *weeks: Week) -> Store:
    """A store on real files that holds these editions, with the shipped catalogue."""
    store = Store(open_library(folder), open_ledger(folder), load())
    for edition, stories in weeks:
        store.library.put_edition(edition, stories)
    return store


def an_ask(text: str, **fields: Any) -> Ask:
    """What a Korean reader types in a private chat at NOON, with any field replaced."""
    return Ask(**{"text": text, "chat": CHAT, "now": NOON, "user": "7", "client_language": "ko", **fields})


async def anyone(_ask: Ask) -> bool:
    return True


async def nobody(_ask: Ask) -> bool:
    return False


async def told(store: Store, text: str, **fields: Any) -> Reply:
    """The answer to a person who may change the chat; there must be one."""
    reply = await answer(an_ask(text, **fields), store, manages=anyone)
    assert reply is not None
    return reply


def plain(reply: Reply) -> str:
    """Every word of the reply, a line each; a link as "text <url>"."""
    return "\n".join(_words(reply.blocks))


def buttons(reply: Reply) -> dict[str, str]:
    """Commands by label, of the whole message and of its cards."""
    found: list[Button] = []
    for block in reply.blocks:
        if isinstance(block, Buttons | Card):
            found += block.buttons
    return {button.label: button.command for button in found}


def titles(reply: Reply) -> list[str]:
    """Headings and titles of cards, in order."""
    return [
        block.text if isinstance(block, Heading) else _line(block.title)
        for block in reply.blocks
        if isinstance(block, Heading | Card)
    ]


def _words(blocks: Sequence[object]) -> Iterator[str]:
    for block in blocks:
        if isinstance(block, Heading):
            yield block.text
        elif isinstance(block, Text | Quote | Note):
            yield _line(block.line)
        elif isinstance(block, Bullets):
            yield from map(_line, block.lines)
        elif isinstance(block, Picture):
            yield block.alt
        elif isinstance(block, Card):
            yield _line(block.title)
            yield from _words(block.blocks)


def _line(line: Line) -> str:
    return "".join(run.text + (f" <{run.url}>" if run.url else "") for run in line)
