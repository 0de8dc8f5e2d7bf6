"""What Telegram shows of the bot before anybody writes: command menus and descriptions."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from telegram import (
    Bot,
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
)
from telegram.error import TelegramError

from handlers.commands import COMMANDS, Command
from handlers.words import say
from store.model import LANGUAGES, Language

log = logging.getLogger(__name__)


async def show_profile(bot: Bot, admins: frozenset[str], language: Language) -> None:
    """Set menus and descriptions; nothing here may stop the start."""
    try:
        for scope, commands in menus(admins):
            await _menu(bot, scope, commands, language)
    except TelegramError as error:
        log.warning("the command menus could not be set: %s", error)
    texts = asyncio.gather(*(_describe(bot, code, language) for code in ("", *LANGUAGES)))
    try:
        await texts
    except TelegramError as error:
        log.warning("the bot's descriptions could not be set: %s", error)


async def _menu(bot: Bot, scope: BotCommandScope, commands: Sequence[Command], own: Language) -> None:
    """One scope's menu: in our own language for everybody, and in each that we speak."""
    languages: dict[str, Language] = {"": own}
    languages.update((language, language) for language in LANGUAGES)
    calls = [
        bot.set_my_commands(
            [BotCommand(c.name, say(f"command.{c.name}.menu", language)) for c in commands],
            scope=scope,
            language_code=code or None,
        )
        for code, language in languages.items()
    ]
    for outcome in await asyncio.gather(*calls, return_exceptions=True):
        if isinstance(outcome, BaseException):
            # An administrator who has not written to the bot yet has no chat to hold a menu.
            log.info("a command menu was not taken: %s %s", scope.type, outcome)


async def _describe(bot: Bot, code: Language | str, own: Language) -> None:
    """Both descriptions in one language, where they are others. The one for every other language
    stays as its owner wrote it, where he did.
    """
    language = next((one for one in LANGUAGES if one == code), own)
    long, short = say("telegram.profile.description", language), say("telegram.profile.short", language)
    has_long = (await bot.get_my_description(code or None)).description
    has_short = (await bot.get_my_short_description(code or None)).short_description
    if has_long != long and (code or not has_long):
        await bot.set_my_description(long, code or None)
    if has_short != short and (code or not has_short):
        await bot.set_my_short_description(short, code or None)


def menus(admins: frozenset[str]) -> list[tuple[BotCommandScope, list[Command]]]:
    """Who sees which commands: everybody in groups what anyone may, their administrators and
    private chats also what a manager may, and those who run the bot everything.
    """
    shown = [command for command in COMMANDS if not command.hidden]
    anyone = [command for command in shown if command.needs == "anyone" or command.shows]
    managers = [command for command in shown if command.needs != "admin"]
    scopes: list[tuple[BotCommandScope, list[Command]]] = [
        (BotCommandScopeAllPrivateChats(), managers),
        (BotCommandScopeAllGroupChats(), anyone),
        (BotCommandScopeAllChatAdministrators(), managers),
    ]
    for admin in sorted(admins):
        platform, _, number = admin.partition(":")
        if platform == "telegram" and number.isdecimal():
            scopes.append((BotCommandScopeChat(int(number)), shown))
    return scopes
