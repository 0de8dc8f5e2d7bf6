"""Who may: everybody who may write in a chat, times every command that changes something."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest

from handlers.words import say
from store.bundle import Store
from store.model import LANGUAGES, Chat
from tests.fakes import slack
from tests.fakes.telegram import Room
from tests.journeys import slack_stage
from tests.journeys.samples import ADMIN, CHANGE, bring_sample, example
from tests.journeys.telegram_stage import ADA, BOB, CHIEF, FRIDAY, LIN, Stage, a_stage

Role = Literal["nobody", "manager", "admin"]
"""What somebody may: nothing that changes anything, this chat's settings, or everything."""

Says = Callable[[str], Awaitable[str]]
"""Types a command, and returns every word that the bot then says."""


@dataclass(frozen=True)
class Actor:
    """Somebody in a chat, with what they may."""

    role: Role
    says: Says


def allowed(role: Role, name: str) -> bool:
    return role == "admin" or (role == "manager" and name in CHANGE)


def refused(name: str, words: str) -> bool:
    keys = ("answer.managers_only", "answer.admins_only")
    words = words.replace("/jianbao ", "/")
    return any(say(key, language, command=name) in words for key in keys for language in LANGUAGES)


def state(store: Store, chat: Chat) -> object:
    """Whatever a command could change."""
    ledger = store.ledger
    return (
        ledger.subscriber(chat),
        ledger.subscriber_counts(),
        store.library.state(),
        ledger.delivery_counts(),
        ledger.holds(),
        ledger.audit(),
        store.catalogue.names(store.catalogue.companies["meituan"]),
    )


async def walked(actor: Actor, store: Store, chat: Chat) -> list[str]:
    """What went otherwise than it must, command by command."""
    wrong = []
    for name in (*CHANGE, *ADMIN):
        before = state(store, chat)
        words = await actor.says(example(name))
        if refused(name, words) == allowed(actor.role, name):
            wrong.append(f"{name}: {'refused' if allowed(actor.role, name) else 'let through'}: {words[:80]}")
        if not allowed(actor.role, name) and state(store, chat) != before:
            wrong.append(f"{name}: changed something")
    return wrong


# Telegram


def _in(room: Room, stage: Stage, talk: Callable[[str], None]) -> Says:
    async def says(text: str) -> str:
        before = len(stage.fake.messages)
        talk(text)
        await stage.fake.until(lambda: len(stage.fake.messages) > before)
        await stage.quiet()
        stage.now += _A_WHILE
        return "\n".join(message.text for message in stage.fake.messages[before:])

    return says


_A_WHILE = FRIDAY.resolution * 30_000_000  # half a minute: no flood, and what was asked of Telegram is fresh


@asynccontextmanager
async def in_telegram(folder: Path, who: str) -> AsyncIterator[tuple[Actor, Store, Chat]]:
    async with a_stage(folder) as stage:
        bring_sample(stage.store, stage.now)
        fake = stage.fake
        members = {ADA: "creator", LIN: "administrator", BOB: "member", CHIEF: "member"}
        group = fake.group(-100200, members=members)
        channel = fake.group(-100300, kind="channel", members={ADA: "creator"})
        people = {"owner": ADA, "administrator": LIN, "member": BOB, "bot admin": CHIEF}
        roles: dict[str, Role] = {
            "owner": "manager", "administrator": "manager", "member": "nobody", "bot admin": "admin",
            "stranger who left": "nobody", "anonymous administrator": "manager",
            "another channel's voice": "nobody", "channel post": "manager", "pressing member": "nobody",
        }  # fmt: skip
        room = channel if who == "channel post" else group

        def talk(text: str) -> None:
            if who in people:
                fake.say(group, people[who], text)
            elif who == "stranger who left":
                group.members[BOB.id] = "left"
                fake.say(group, BOB, text)
            elif who == "anonymous administrator":
                fake.say(group, None, text, sender_chat=group.json())
            elif who == "another channel's voice":
                fake.say(group, None, text, sender_chat=channel.json())
            elif who == "channel post":
                fake.say(channel, None, text)
            else:
                _press(stage, group, text)

        if who == "pressing member":
            await stage.say(group, ADA, "/settings")
        yield Actor(roles[who], _in(room, stage, talk)), stage.store, stage.chat(room)


def _press(stage: Stage, group: Room, text: str) -> None:
    """A member presses, with whatever payload they please, under a message of the bot's."""
    message = stage.fake.sent(group)[0]
    query = f"q{stage.fake.next_id()}"
    stage.fake.queries.add(query)
    body = {"id": query, "from": BOB.json(), "chat_instance": "1", "message": stage.fake.json(message)}
    stage.fake.put("callback_query", {**body, "data": text})


@pytest.mark.parametrize(
    "who",
    ["owner", "administrator", "member", "bot admin", "stranger who left", "anonymous administrator",
     "another channel's voice", "channel post", "pressing member"],
)  # fmt: skip
async def test_on_telegram(who: str, tmp_path: Path) -> None:
    async with in_telegram(tmp_path, who) as (actor, store, chat):
        assert await walked(actor, store, chat) == []


# Slack


@asynccontextmanager
async def in_slack(folder: Path, who: str) -> AsyncIterator[tuple[Actor, Store, Chat]]:
    admins = frozenset({"slack:T1/UCHIEF"})
    time = slack_stage.Time(FRIDAY)
    async with slack_stage.staged(folder, time=time, admins=admins) as stage:
        slack_stage.peopled(stage)
        stage.slack.user("UCHIEF")
        stage.slack.user("ULEFT", deleted=True)
        stage.slack.channel("C2", members={"U1", "UGUEST", "UOTHER", "UCHIEF", "ULEFT"})
        bring_sample(stage.store, stage.time())
        roles: dict[str, tuple[str, Role]] = {
            "member": ("U1", "manager"), "guest": ("UGUEST", "nobody"), "bot admin": ("UCHIEF", "admin"),
            "another workspace's member": ("UOTHER", "nobody"), "deactivated": ("ULEFT", "nobody"),
        }  # fmt: skip
        user, role = roles[who]

        async def says(text: str) -> str:
            world = stage.slack.world
            before = len(world.messages)
            command = text.removeprefix("/")
            acked = await stage.people.command("/jianbao", command, channel="C2", user=user)
            await slack_stage.said(stage, acked)
            time.now += _A_WHILE
            return "\n".join(m.words() for m in world.messages[before:] if m.user == slack.world.BOT)

        yield Actor(role, says), stage.store, stage.chat("C2")


@pytest.mark.parametrize("who", ["member", "guest", "bot admin", "another workspace's member", "deactivated"])
async def test_on_slack(who: str, tmp_path: Path) -> None:
    async with in_slack(tmp_path, who) as (actor, store, chat):
        assert await walked(actor, store, chat) == []


async def test_a_command_signed_for_another_workspace_has_no_effect(tmp_path: Path) -> None:
    async with slack_stage.staged(tmp_path, time=slack_stage.Time(FRIDAY)) as stage:
        slack_stage.peopled(stage)
        bring_sample(stage.store, stage.time())
        before = state(stage.store, stage.chat("C1"))
        for name in (*CHANGE, *ADMIN):
            text = example(name).removeprefix("/")
            acked = await stage.people.command("/jianbao", text, channel="C1", user="U1", team_id="T9")
            await slack_stage.said(stage, acked)
        assert state(stage.store, stage.chat("C1")) == before
        assert [m for m in stage.slack.world.messages if m.user == slack.world.BOT] == []
