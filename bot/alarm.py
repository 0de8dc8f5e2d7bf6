"""Telling the administrators of trouble, through whatever doors are open."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol, cast

from handlers.message import Reply, Text, line
from handlers.words import say
from store.model import Chat, Platform

if TYPE_CHECKING:
    from bot.app import App

log = logging.getLogger(__name__)


class Reaches(Protocol):
    """A door that has to look for the conversation with a person."""

    async def private(self, name: str) -> Chat | None: ...


async def alarm(app: App, key: str, words: Mapping[str, str]) -> None:
    """Write `key` with its words to everybody in JIANBAO_ADMINS who can be reached, and into the log.
    Never raises: trouble is not made worse by nobody hearing of it.
    """
    text = say(key, app.settings.language, **words)
    log.error("%s", text)
    notice = Reply((Text(line(text)),), app.settings.language)
    for admin in sorted(app.settings.admins):
        try:
            told = await _tell(app, admin, notice)
        except Exception:
            log.exception("%s could not be told", admin)
            continue
        if not told:
            log.warning("%s could not be told", admin)


async def private_chat(app: App, admin: str) -> Chat | None:
    """Where the bot can speak to somebody in JIANBAO_ADMINS; None when the door is closed, or has no
    conversation with them.
    """
    platform, _, name = admin.partition(":")
    door = app.doors.get(cast("Platform", platform))
    if door is None or platform == "console":
        return None
    if hasattr(door, "private"):
        return await cast("Reaches", door).private(name)
    return Chat(door.platform, str(getattr(door, "tenant", "")), name)


async def private_chats(app: App) -> list[Chat]:
    """Those of everybody in JIANBAO_ADMINS who can be reached. Never raises."""
    found = []
    for admin in sorted(app.settings.admins):
        try:
            chat = await private_chat(app, admin)
        except Exception:
            log.exception("%s could not be looked up", admin)
            continue
        if chat is not None:
            found.append(chat)
    return found


async def _tell(app: App, admin: str, notice: Reply) -> bool:
    chat = await private_chat(app, admin)
    if chat is None:
        return False
    door = app.doors[chat.platform]
    sent = [await door.send(chat, part, first="") for part in door.parts(notice)]
    return all(outcome.kind == "sent" for outcome in sent)
