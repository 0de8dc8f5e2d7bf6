"""What only the one who asked should see: Telegram has no whispers, so it goes to their own chat.

A refusal is no secret and answers what everybody saw typed; it stays where it was asked, and does
not make a person open another chat to read that something cannot be done.
"""

from __future__ import annotations

from dataclasses import replace

from handlers.commands import named
from handlers.message import Ask, Block, Button, Buttons, Card, Reply, Text, line
from handlers.words import say
from store.model import Language

_NO_SECRET = {"refused", "failed"}
_ELSEWHERE = {"subscribe", "settings", "admin"}


def is_aside(reply: Reply, ask: Ask) -> bool:
    """Whether the reply must not be read by the others in the chat."""
    return reply.whisper and not ask.private and not (_NO_SECRET & reply.tags.keys())


def can_be_told(ask: Ask) -> bool:
    """Whether the asker has a chat of their own: a channel and an anonymous administrator have none."""
    return bool(ask.user) and not ask.user.startswith("-")


def for_private(reply: Reply) -> Reply:
    """The reply as it goes to the asker's own chat: without the buttons that would change that
    chat's settings instead of the group's.
    """
    return replace(reply, blocks=tuple(map(_kept, reply.blocks)), replace=False)


def told(key: str, language: Language, *, username: str = "") -> Reply:
    """The one line that the group sees; with `username` a button that opens the bot's own chat."""
    opens = Button(say("telegram.button.open", language), url=f"https://t.me/{username}")
    buttons = (Buttons((opens,)),) if username else ()
    return Reply((Text(line(say(key, language))), *buttons), language)


def _kept(block: Block) -> Block:
    if isinstance(block, Buttons | Card):
        return replace(block, buttons=tuple(filter(_harmless, block.buttons)))
    return block


def _harmless(button: Button) -> bool:
    word = button.command.removeprefix("/").partition(" ")[0]
    command = named(word) if word else None
    return command is None or command.group not in _ELSEWHERE
