"""A stage for journeys: the real door, stores and verbs against the fake Slack, in one hand's time."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Literal

from bot.slack import SlackDoor
from bot.slack_oauth import OAuth
from bot.slack_tenancy import Alarm, no_alarm
from bot.web import PATH, WebServer
from handlers.answer import answer
from handlers.deliver import Drained, drain, recover
from handlers.editing import Editing
from handlers.limits import Pacer
from handlers.message import Ask, Manages, Reply
from handlers.weekly import plan
from store.bundle import Store
from store.catalogue import Catalogue, load
from store.model import Chat, Edition, Story
from store.seal import Seal
from store.sqlite import open_ledger
from store.tiny import open_library
from tests.fakes.slack import (
    APP_TOKEN,
    BOT_TOKEN,
    CLIENT_ID,
    CLIENT_SECRET,
    SECRET,
    Acked,
    FakeSlack,
    Message,
    People,
)

REDIRECT_URL = "https://bot.example/jianbao/slack/oauth_redirect"
MONDAY = datetime(2017, 11, 27, 0, 0, tzinfo=UTC)  # 09:00 in Seoul: the default slot

PUBLIC = "https://pages.example/archive"

Transport = Literal["socket", "http"]


@cache
def catalogue() -> Catalogue:
    """The shipped catalogue, read once: nothing changes it."""
    return load()


@dataclass
class Time:
    """The only clock there is."""

    now: datetime = MONDAY - timedelta(days=3)

    def __call__(self) -> datetime:
        return self.now

    async def pause(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass
class Stage:
    """Who plays: the platform, its people, our door, our memories."""

    slack: FakeSlack
    people: People
    door: SlackDoor
    store: Store
    time: Time
    pacer: Pacer = field(default_factory=Pacer)
    admins: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self.store.renderers["slack"] = self.door.parts
        self.editing = Editing(self.store, {"slack": self.door}, self.pacer, self.time)

    def chat(self, channel: str) -> Chat:
        return Chat("slack", self.door.tenant, channel)

    def publish(self, edition: Edition, stories: Sequence[Story]) -> None:
        self.store.library.put_edition(edition, stories)
        self.store.library.publish_edition(edition.id, self.time())

    async def drained(self) -> Drained:
        """Plan and deliver all that comes due within a minute of the last, as time goes by."""
        plan(self.store, now=self.time())
        total = Drained()
        while True:
            now = await drain(self.store, {"slack": self.door}, self.pacer, clock=self.time)
            total = total.plus(now)
            if now.next_at is None or now.next_at - self.time() > timedelta(minutes=1):
                return total
            self.time.now = now.next_at

    async def corrected(self) -> None:
        """What a running bot does behind every push, for some minutes."""
        until = self.time() + timedelta(minutes=5)
        while True:
            next_at = await self.editing.behind_the_push(None)
            plan(self.store, now=self.time())
            drained = await drain(self.store, {"slack": self.door}, self.pacer, clock=self.time)
            due = min(filter(None, (next_at, drained.next_at)), default=None)
            if due is None or due > until:
                return
            self.time.now = max(self.time.now, due)

    def recover(self) -> None:
        recover(self.store, now=self.time())


@asynccontextmanager
async def staged(
    folder: Path,
    *,
    transport: Transport = "http",
    time: Time | None = None,
    slack: FakeSlack | None = None,
    admins: frozenset[str] = frozenset(),
    patience: float = 5.0,
    bot_token: str = BOT_TOKEN,
    keys: tuple[str, ...] = (),
    alarm: Alarm = no_alarm,
) -> AsyncIterator[Stage]:
    """Everything open on `folder`; given a `slack` of an earlier stage, the same workspace goes on. With
    `keys`, workspaces may install the app by themselves, sent back to REDIRECT_URL.
    """
    time = time or Time()
    async with AsyncExitStack() as stack:
        if slack is None:
            slack = await stack.enter_async_context(FakeSlack(time))
        store = Store(open_library(folder), open_ledger(folder), catalogue())
        stack.callback(store.library.close)
        stack.callback(store.ledger.close)

        async def answered(ask: Ask, manages: Manages) -> Reply | None:
            return await answer(ask, store, manages=manages)

        door = SlackDoor(
            bot_token,
            app_token=APP_TOKEN if transport == "socket" else "",
            signing_secret=SECRET if transport == "http" else "",
            api_base=slack.api_base,
            store=store,
            answer=answered,
            clock=time,
            admins=admins,
            public_url=PUBLIC,
            timeout=patience,
            pause=time.pause,
            oauth=OAuth(CLIENT_ID, CLIENT_SECRET, REDIRECT_URL, slack.api_base) if keys else None,
            seal=Seal(keys) if keys else None,
            alarm=alarm,
        )
        slack.grants.redirect_uris.add(REDIRECT_URL)
        await door.start()
        stack.push_async_callback(door.stop)
        people = People(slack)
        if transport == "socket":
            await slack.connected()
        else:
            web = WebServer(("127.0.0.1", 0), door, clock=time)
            await web.start()
            stack.push_async_callback(web.stop)
            people.address = f"http://127.0.0.1:{web.address[1]}{PATH}"
        pacer = Pacer({"slack": door.rates})
        yield Stage(slack, people, door, store, time, pacer)


def peopled(stage: Stage) -> None:
    slack = stage.slack
    slack.user("U1")
    slack.user("U2", locale="en-US")
    slack.user("UGUEST", restricted=True)
    slack.user("UOTHER", team="T9")
    slack.channel("C1", members={"U1", "U2", "UGUEST", "UOTHER"})
    slack.world.direct("U1")


def holds(message: Message, url: str) -> bool:
    return re.search(re.escape(url) + r"(?!\d)", json.dumps(message.blocks, ensure_ascii=False)) is not None


async def said(stage: Stage, acked: Acked) -> None:
    assert acked.status == 200, acked
    await stage.door.settled()
