"""The same facts everywhere: what the console says, Telegram and Slack say through their real clients."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from html import unescape
from pathlib import Path

from bot.console_render import render
from handlers.answer import answer
from handlers.commands import COMMANDS
from handlers.message import Ask
from store.bundle import Store
from store.catalogue import Catalogue
from store.model import Chat
from store.sqlite import open_ledger
from store.tiny import open_library
from tests.fakes import slack, telegram
from tests.journeys import slack_stage
from tests.journeys.samples import CHANGE, READ, bring_sample, example, missing
from tests.journeys.telegram_stage import ADA, FRIDAY, a_stage

_ADDRESS = re.compile(r"https?://[^\s<>\"|)]+")
_PART = re.compile(r"\(\d+/\d+\)|\d\d:\d\d:\d\d")  # a message's number, and seconds: waiting takes time
_NUMBER = re.compile(r"\d(?:[\d.,:]*\d)?")

WALKED = [*READ, *CHANGE]
"""In this order, in one private chat: a subscription is made, changed and ended on the way."""


@dataclass(frozen=True)
class Facts:
    """What an answer tells, whatever it looks like."""

    addresses: frozenset[str]
    numbers: frozenset[str]
    companies: frozenset[str]
    stories: frozenset[str]


def facts(words: str, addresses: str, store: Store) -> Facts:
    text = _PART.sub(" ", _ADDRESS.sub(" ", words))
    companies = store.catalogue.companies.values()
    stories = store.library.all_stories()
    return Facts(
        frozenset(found.rstrip(".,") for found in _ADDRESS.findall(addresses)),
        frozenset(_NUMBER.findall(text)),
        frozenset(c.id for c in companies if any(name in text for name in c.ko[:1] if len(name) > 2)),
        frozenset(story.id for story in stories if story.title in text),
    )


def missed(told: Facts, by: Facts) -> list[str]:
    """What `by` does not tell of what was told."""
    kinds = ("addresses", "numbers", "companies", "stories")
    return [f"{kind}: {sorted(lost)}" for kind in kinds if (lost := getattr(told, kind) - getattr(by, kind))]


async def on_the_console(folder: Path, catalogue: Catalogue) -> dict[str, Facts]:
    store = Store(open_library(folder), open_ledger(folder), catalogue)
    bring_sample(store, FRIDAY)
    told = {}
    for name in WALKED:
        ask = Ask(example(name), Chat("console", "local", "console"), FRIDAY, user="me", client_language="ko")
        reply = await answer(ask, store, manages=_anyone)
        assert reply is not None, name
        shown = [row for row in render(reply).splitlines() if not row.lstrip().startswith("[")]
        told[name] = facts("\n".join(shown), "\n".join(shown), store)
    store.ledger.close()
    store.library.close()
    return told


async def _anyone(ask: Ask) -> bool:
    del ask
    return True


async def on_telegram(folder: Path) -> dict[str, Facts]:
    told = {}
    async with a_stage(folder) as stage:
        bring_sample(stage.store, stage.now)
        room = stage.fake.private(ADA)
        for name in WALKED:
            before = len(stage.fake.sent(room))
            stage.fake.say(room, ADA, example(name))
            await stage.fake.arrived(room, before + 1)
            await stage.quiet()
            stage.now += timedelta(seconds=10)  # no flood of questions
            told[name] = _telegram(stage.fake.sent(room)[before:], stage.store)
    return told


def _telegram(messages: Iterable[telegram.Message], store: Store) -> Facts:
    files = [(m.document[1] if m.document else b"").decode("utf-8", "replace") for m in messages]
    words = "\n".join([m.text for m in messages] + files)
    return facts(words, "\n".join([unescape(m.source) for m in messages] + files), store)


async def on_slack(folder: Path) -> dict[str, Facts]:
    told = {}
    async with slack_stage.staged(folder, time=slack_stage.Time(FRIDAY)) as stage:
        slack_stage.peopled(stage)
        bring_sample(stage.store, stage.time())
        for name in WALKED:
            before = len(stage.slack.world.messages)
            files = set(stage.slack.world.files)
            await slack_stage.said(stage, await stage.people.direct(example(name), user="U1"))
            messages = [m for m in stage.slack.world.messages[before:] if m.user == slack.world.BOT]
            handed = [stage.slack.world.files[key][1] for key in stage.slack.world.files.keys() - files]
            told[name] = _slack(messages, handed, stage.store)
    return told


def _slack(messages: Iterable[slack.Message], files: Iterable[bytes], store: Store) -> Facts:
    blocks = [block for m in messages for block in m.blocks if block["type"] != "actions"]
    texts = [data.decode("utf-8", "replace") for data in files]
    shown = unescape(json.dumps(blocks, ensure_ascii=False))
    words = slack.Message("", "", "", "", blocks).words() if blocks else ""
    return facts("\n".join([words, *texts]), "\n".join([shown, *texts]), store)


def test_every_command_has_an_example() -> None:
    assert missing() == set()
    names = {command.name: command for command in COMMANDS}
    assert all(names[name].needs == "anyone" for name in READ)
    assert all(names[name].needs == "manager" for name in CHANGE)


async def test_each_command_tells_the_same_on_every_platform(tmp_path: Path) -> None:
    console = await on_the_console(tmp_path / "console", slack_stage.catalogue())
    found = {
        "telegram": await on_telegram(tmp_path / "telegram"),
        "slack": await on_slack(tmp_path / "slack"),
    }
    lost = {
        f"{platform} {name}": lines
        for platform, told in found.items()
        for name in WALKED
        if (lines := missed(console[name], told[name]))
    }
    assert lost == {}
    assert sum(len(told.numbers | told.companies | told.addresses) for told in console.values()) > 200
