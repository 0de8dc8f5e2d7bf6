"""A group or channel that is looked after from a private chat.

"/manage @channel", "/settings @channel day fri", "/subscribe -100123 mon 09:00": a command about a
subscription or a setting, aimed at another chat. Who may is asked of the platform, live, each time;
what comes back is the answer that the other chat would get, its buttons aimed at that chat too.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from handlers.buttons import payload
from handlers.commands import named
from handlers.errors import Refusal
from handlers.language import reply_language
from handlers.lookup import first, small, told
from handlers.message import Ask, Block, Bullets, Button, Buttons, Reply, line
from handlers.words import say
from store.bundle import Store
from store.errors import StoreError
from store.model import Chat, Language, SubscriberState

log = logging.getLogger(__name__)

_AIMED = re.compile(
    r"\s*[/／](?P<word>[^\s@/／]+)\s+(?P<target>@[A-Za-z][A-Za-z0-9_]{2,31}|-\d{1,16}(?::\d{1,10})?)"
    r"(?:\s+(?P<rest>.+))?\s*",
    re.DOTALL,
)
_ABOUT_A_CHAT = frozenset({"subscribe", "settings"})  # groups of commands


@dataclass(frozen=True, slots=True)
class Aim:
    """A command for another chat: `target` as typed ("@channel", "-100123:7"), `text` the command."""

    target: str
    text: str


async def manage(ask: Ask, store: Store) -> Reply:  # noqa: ARG001
    """Reached where no other chat can be looked after: says where that is done."""
    raise Refusal("elsewhere.only_private")


def aimed(text: str) -> Aim | None:
    """What a command is aimed at; None for one that is about the chat it was typed in.

    Raises Refusal for a command that has nothing to do with another chat.
    """
    match = _AIMED.fullmatch(text)
    command = named(match["word"]) if match else None
    if match is None or command is None or command.group not in _ABOUT_A_CHAT:
        return None
    target, rest = match["target"], (match["rest"] or "").strip()
    if command.name != "manage":
        return Aim(target, f"/{command.name} {rest}".strip())
    if not rest.startswith(("/", "／")):
        return Aim(target, f"/settings {rest}".strip())
    word = rest[1:].split(maxsplit=1)[0] if rest[1:].strip() else ""
    inner = named(word)
    if inner is None or inner.group not in _ABOUT_A_CHAT or inner.name == "manage":
        raise Refusal("elsewhere.only_settings", command=f"/{word[:32]}", target=target)
    return Aim(target, rest)


def is_list(text: str) -> bool:
    """Whether this is "/manage" and nothing else."""
    word = text.strip()[1:] if text.strip().startswith(("/", "／")) else ""
    command = named(word) if word else None
    return command is not None and command.name == "manage"


def spelled(chat: Chat) -> str:
    """A chat as a target: "-100123" or "-100123:7"."""
    return f"{chat.id}:{chat.thread}" if chat.thread else chat.id


def bound(reply: Reply, chat: Chat, title: str, store: Store, now: datetime) -> Reply:
    """The other chat's answer for the private one: headed by its title, and with buttons that are
    about it aimed at it. What needs a signature is signed for that chat, and only holds there.
    """
    blocks = tuple(_aimed_buttons(block, chat, store, now) for block in reply.blocks)
    about = told("elsewhere.about", reply.language, title=title)
    return replace(reply, blocks=(about, *blocks), whisper=False, asks="", link="")


def _aimed_buttons(block: Block, chat: Chat, store: Store, now: datetime) -> Block:
    if not isinstance(block, Buttons):
        return block
    return Buttons(tuple(_aimed_button(button, chat, store, now) for button in block.buttons))


def _aimed_button(button: Button, chat: Chat, store: Store, now: datetime) -> Button:
    command = named(button.command[1:].partition(" ")[0]) if button.command else None
    if command is None or command.group not in _ABOUT_A_CHAT:
        return button
    inner = payload(button, chat, store, now) if button.signed else button.command
    return Button(button.label, f"/manage {spelled(chat)} {inner}")


def listed(ask: Ask, store: Store, known: Sequence[tuple[Chat, str]]) -> Reply:
    """The chats that this person looks after, with their titles, and a button for each."""
    language = reply_language(ask, store)
    if not known:
        return Reply((first("elsewhere.none", language), small("elsewhere.how", language)), language)
    rows = tuple(
        line(say("elsewhere.row", language, title=title, state=_state(chat, store, language)))
        for chat, title in known
    )
    buttons = tuple(Button(title, f"/manage {spelled(chat)}") for chat, title in known)
    blocks = (
        first("elsewhere.title", language),
        Bullets(rows),
        small("elsewhere.how", language),
        Buttons(buttons),
    )
    return Reply(blocks, language, replace=ask.pressed)


def _state(chat: Chat, store: Store, language: Language) -> str:
    kept = store.ledger.subscriber(chat)
    state = kept.state if kept else SubscriberState.NONE
    return say(f"state.short.{state.value}", language)


def refused(ask: Ask, store: Store, refusal: Refusal) -> Reply:
    """Why the other chat cannot be looked after, in the words of the one who asked."""
    language = reply_language(ask, store)
    said = told(refusal.key, language, **refusal.words)
    return Reply((said,), language, tags={"refused": refusal.key})


def noted(store: Store, chat: Chat, user: str, *, manages: bool, now: datetime) -> None:
    """The platform said whether somebody looks after a chat: known for the list from now on, or not."""
    try:
        if manages:
            store.ledger.keep_keeper(chat, user, at=now)
        else:
            store.ledger.drop_keeper(chat, user)
    except StoreError:  # the list is a convenience; what was asked is done without it
        log.warning("who looks after a chat was not noted", exc_info=True)
