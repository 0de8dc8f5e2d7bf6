"""The commands: what a person can type, who may, and which function answers.

A handler is resolved at its first call, so that one answer on the command line does not pay
for the imports of thirty; tests/test_commands.py resolves them all.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Literal, cast

from handlers.message import Ask, Reply
from handlers.words import say
from store.bundle import Store
from store.model import LANGUAGES, Language

Handler = Callable[[Ask, Store], Awaitable[Reply]]
Needs = Literal["anyone", "manager", "admin"]
Group = Literal["ask", "subscribe", "settings", "admin"]

LONGEST = 200
"""Characters of arguments that a command takes, unless it says otherwise."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command. `slack` = registered there under its own name, too; `hidden` = not in menus.

    `needs` "manager" = who may change this chat's settings, "admin" = who runs this bot. With
    `shows`, the command without arguments only shows something, and anyone may have it. `keeps` = its
    answer may be given again while the stories, the names and the chat's settings stay the same. `alone` =
    takes no arguments: what is typed behind it is left out, and the answer says so.
    """

    name: str
    handler: Handler
    needs: Needs = "anyone"
    slack: bool = False
    hidden: bool = False
    group: Group = "ask"
    shows: bool = False
    longest: int = LONGEST
    keeps: bool = False
    alone: bool = False


def _at(place: str) -> Handler:
    """The handler at "module:function" in handlers/, imported when it is first called."""

    async def call(ask: Ask, store: Store) -> Reply:
        return await resolve(place)(ask, store)

    call.__qualname__ = place
    return call


@cache
def resolve(place: str) -> Handler:
    """The function at "module:function"; ImportError or AttributeError when there is none."""
    module, _, function = place.partition(":")
    return cast("Handler", getattr(import_module(f"handlers.{module}"), function))


COMMANDS: tuple[Command, ...] = (
    Command("company", _at("company:company"), slack=True, keeps=True),
    Command("figures", _at("figures_cmd:figures"), keeps=True),
    Command("search", _at("search:search"), longest=300, keeps=True),  # words and filters, and a page
    Command("ask", _at("ask:ask"), keeps=True),
    Command("topic", _at("topic:topic"), keeps=True),
    Command("with", _at("with_:with_"), keeps=True),
    Command("latest", _at("digest:latest"), keeps=True),
    Command("digest", _at("digest:digest"), slack=True, keeps=True),
    Command("editions", _at("digest:editions"), keeps=True),
    Command("story", _at("story:story"), keeps=True),
    Command("app", _at("story:app"), keeps=True),
    Command("companies", _at("companies:companies"), keeps=True),
    Command("mentions", _at("mentions_cmd:mentions"), hidden=True, longest=4000),
    Command("trend", _at("trend:trend"), keeps=True),
    Command("submit", _at("submit_cmd:submit"), longest=2000),
    Command("help", _at("start:help_"), keeps=True),
    Command("start", _at("start:start"), hidden=True),
    Command("subscribe", _at("subscribe:subscribe"), "manager", slack=True, group="subscribe"),
    Command("unsubscribe", _at("subscribe:unsubscribe"), "manager", group="subscribe"),
    Command("pause", _at("subscribe:pause"), "manager", group="subscribe"),
    Command("resume", _at("subscribe:resume"), "manager", group="subscribe", alone=True),
    Command("schedule", _at("subscribe:schedule"), "manager", group="subscribe", shows=True),
    Command("preview", _at("push_cmd:preview"), group="subscribe", alone=True),
    Command("why", _at("push_cmd:why"), group="subscribe"),
    Command("follow", _at("follow:follow"), "manager", group="settings", shows=True),
    Command("unfollow", _at("follow:unfollow"), "manager", group="settings", shows=True),
    Command("following", _at("follow:following"), group="settings", alone=True),
    Command("mute", _at("follow:mute"), "manager", group="settings", shows=True),
    Command("unmute", _at("follow:unmute"), "manager", group="settings", shows=True),
    Command("language", _at("settings_cmd:language"), "manager", group="settings", shows=True),
    Command("settings", _at("settings_cmd:settings"), "manager", group="settings", shows=True),
    Command("manage", _at("elsewhere:manage"), group="settings"),
    Command("privacy", _at("privacy:privacy"), group="settings", alone=True),
    Command("export", _at("privacy:export"), "manager", group="settings", alone=True),
    Command("forget", _at("privacy:forget"), "manager", group="settings"),
    Command("import", _at("admin:import_"), "admin", group="admin", longest=200_000),
    Command("review", _at("review_cmd:review"), "admin", group="admin"),
    Command("correct", _at("correct_cmd:correct"), "admin", group="admin", longest=110_000),
    Command("drop", _at("correct_cmd:drop"), "admin", group="admin"),
    Command("move", _at("correct_cmd:move"), "admin", group="admin"),
    Command("publish", _at("publish_cmd:publish"), "admin", group="admin"),
    Command("insights", _at("insights:insights"), "admin", group="admin"),
    Command("status", _at("admin:status"), "admin", group="admin", alone=True),
    Command("send", _at("admin:send"), "admin", group="admin"),
    Command("broadcast", _at("broadcast_cmd:broadcast"), "admin", group="admin", longest=3000),
    Command("chats", _at("admin:chats"), "admin", group="admin"),
    Command("alias", _at("alias_cmd:alias"), "admin", group="admin", longest=2000),
    Command("feeds", _at("feeds_cmd:feeds"), "admin", group="admin"),
    Command("feed", _at("feeds_cmd:feed"), "admin", group="admin", longest=2000),
    Command("draft", _at("newsroom.draft_cmd:draft"), "admin", group="admin", longest=4000),
    Command("vote", _at("newsroom.feedback:vote"), hidden=True),
    Command("errors", _at("admin:errors"), "admin", group="admin"),
    Command("retry", _at("admin:retry"), "admin", group="admin"),
    Command("explain", _at("explain:explain"), "admin", hidden=True, group="admin", longest=4000),
)

_BY_NAME = {command.name: command for command in COMMANDS}


def named(word: str) -> Command | None:
    """The command of this name, or of this alias in any language; case does not matter."""
    word = word.lower()
    return _BY_NAME.get(word) or _BY_NAME.get(_aliases().get(word, ""))


def nearest(word: str, *, admin: bool) -> Command | None:
    """The command that a mistyped word most likely means, among those one may use."""
    from difflib import get_close_matches

    from store.spelling import jamo

    words = {jamo(each): name for each, name in (*_aliases().items(), *zip(_BY_NAME, _BY_NAME, strict=True))}
    for close in get_close_matches(jamo(word.lower()[:40]), words, n=5, cutoff=0.6):
        command = _BY_NAME[words[close]]
        if admin or command.needs != "admin":
            return command
    return None


def menu(language: Language, *, admin: bool = False) -> list[tuple[Command, str]]:
    """The commands of a menu with what each does, at most 60 characters, in order."""
    return [
        (command, say(f"command.{command.name}.menu", language))
        for command in COMMANDS
        if not command.hidden and (admin or command.needs != "admin")
    ]


def aliases(name: str, language: Language) -> list[str]:
    """Other words for a command, in one language."""
    return say(f"command.{name}.aliases", language).split()


@cache
def _aliases() -> dict[str, str]:
    """Other words for a command ("회사", "公司") and its name; the first to claim a word has it."""
    found: dict[str, str] = {}
    for language in LANGUAGES:
        for command in COMMANDS:
            for word in aliases(command.name, language):
                found.setdefault(word, command.name)
    return found
