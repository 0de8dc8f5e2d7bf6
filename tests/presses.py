"""Pressing a button of an answer, as a door hears of it: for tests of the handlers."""

from __future__ import annotations

from typing import Any

from handlers.buttons import payload
from handlers.message import Button, Buttons, Card, Reply
from store.bundle import Store
from tests.asks import an_ask, told


def the_button(reply: Reply, command: str) -> Button:
    """The button that stands for this command; the test fails when the reply has none."""
    found = [
        button
        for block in reply.blocks
        if isinstance(block, Buttons | Card)
        for button in block.buttons
        if button.command == command
    ]
    assert found, [b for block in reply.blocks if isinstance(block, Buttons | Card) for b in block.buttons]
    return found[0]


async def press(store: Store, reply: Reply, command: str, **fields: Any) -> Reply:
    """The answer to a press on the button that stands for `command`, in the chat it was shown in."""
    ask = an_ask("", **fields)
    text = payload(the_button(reply, command), ask.chat, store, ask.now)
    return await told(store, text, **{**fields, "pressed": True})
