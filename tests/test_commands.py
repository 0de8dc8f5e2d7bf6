"""The table of commands: every one resolves, has its words, and is found by its names."""

from __future__ import annotations

import inspect
import re

import pytest

from handlers.commands import COMMANDS, Command, aliases, menu, named, nearest, resolve
from handlers.words import say
from store.model import LANGUAGES, Language

HANDLED = {command.name: command.handler.__qualname__ for command in COMMANDS}


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_resolves_to_a_handler(command: Command) -> None:
    handler = resolve(HANDLED[command.name])
    assert inspect.iscoroutinefunction(handler)
    assert len(inspect.signature(handler).parameters) == 2


def test_names_are_unique_and_fit_telegram() -> None:
    names = [command.name for command in COMMANDS]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z0-9_]{1,32}", name) for name in names)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_command_has_its_words_in_every_language(language: Language) -> None:
    for command in COMMANDS:
        assert 3 <= len(say(f"command.{command.name}.menu", language)) <= 60
        assert say(f"command.{command.name}.usage", language).startswith(f"/{command.name}")
        assert say(f"command.{command.name}.help", language)
        assert named(say(f"example.{command.name}", language)[1:].split()[0]) is command


def test_an_alias_leads_to_one_command_and_is_no_other_commands_name() -> None:
    names = {command.name for command in COMMANDS}
    owner: dict[str, str] = {}
    for language in LANGUAGES:
        for command in COMMANDS:
            for alias in aliases(command.name, language):
                assert alias not in names - {command.name}
                assert owner.setdefault(alias, command.name) == command.name, alias
                assert named(alias) is command


def test_a_mistyped_name_finds_the_nearest() -> None:
    found = {typed: nearest(typed, admin=False) for typed in ("compnay", "serch", "구둑", "digets", "qqqq")}
    assert {typed: command and command.name for typed, command in found.items()} == {
        "compnay": "company", "serch": "search", "구둑": "subscribe", "digets": "digest", "qqqq": None,
    }  # fmt: skip


def test_the_menu_hides_what_one_may_not_use() -> None:
    shown = {command.name for command, _ in menu("ko")}
    assert "start" not in shown
    assert {command.needs for command, _ in menu("ko")} == {"anyone", "manager"}
    assert {command.name for command, _ in menu("ko", admin=True)} - shown == {
        "import",
        "review",
        "correct",
        "drop",
        "move",
        "publish",
        "insights",
        "status",
        "send",
        "broadcast",
        "chats",
        "alias",
        "feeds",
        "feed",
        "draft",
        "errors",
        "retry",
    }
