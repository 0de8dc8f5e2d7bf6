"""Workspaces that install the app by themselves, as journeys play them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp

from bot.web import PATH
from bot.web_install import COOKIE, INSTALL_PATH
from store.installation import Installation
from store.model import Chat, Subscriber
from tests.fakes.slack import FakeSlack, People
from tests.journeys.slack_stage import Stage, Time, staged

KEYS = ("Y2FuYXJ5LWtleS1jYW5hcnkta2V5LWNhbmFyeS1rZXk=",)


@dataclass(frozen=True)
class Page:
    """What a browser was answered."""

    status: int
    body: str
    location: str = ""
    cookie: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Tenants:
    """A stage whose door has no workspace of the settings."""

    stage: Stage
    alarms: list[tuple[str, Mapping[str, str]]]

    @property
    def web(self) -> str:
        return self.stage.people.address.removesuffix(PATH)

    def workspace(self, team: str, enterprise: str = "") -> People:
        """A workspace with a person and a channel, both named after it, that has not installed yet; and
        with a person and a channel that are called the same in all, as in a channel that is shared.
        """
        slack = self.stage.slack
        world = slack.workspace(team, enterprise)
        people = People(slack, self.stage.people.address, team)
        at_home = slack.world
        slack.world = world  # its makers are the first workspace's
        slack.user(f"U{team}", team=team)
        slack.channel(f"C{team}", members={f"U{team}"})
        slack.user("U1", team=team)
        slack.channel("C1", members={"U1"})
        slack.world = at_home
        return people

    async def get(self, address: str, *, cookie: str = "", language: str = "en") -> Page:
        """Get a page as a browser with (or without) our cookie."""
        headers = {"Accept-Language": language} | ({"Cookie": f"{COOKIE}={cookie}"} if cookie else {})
        async with (
            aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session,
            session.get(address, headers=headers, allow_redirects=False) as answer,
        ):
            given = answer.cookies.get(COOKIE)
            return Page(
                answer.status,
                await answer.text(),
                answer.headers.get("Location", ""),
                given.value if given else "",
                dict(answer.headers),
            )

    async def begin(self) -> Page:
        return await self.get(self.web + INSTALL_PATH)

    def back(self, address: str) -> str:
        """Where the public address that Slack sends to leads: here."""
        split = urlsplit(address)
        return f"{self.web}/slack/oauth_redirect?{split.query}"

    async def install(self, team: str, enterprise: str = "", *, whole: bool = False) -> Page:
        """A person of the workspace installs the app, for the `whole` organisation or for it alone."""
        begun = await self.begin()
        address = self.stage.slack.grants.consent(
            begun.location, team="" if whole else team, user=f"U{team}", enterprise=enterprise
        )
        page = await self.get(self.back(address), cookie=begun.cookie)
        await self.stage.door.settled()
        return page

    async def subscribe(self, people: People) -> None:
        team = people.team
        acked = await people.command("/subscribe", channel=f"C{team}", user=f"U{team}")
        assert acked.status == 200
        await self.stage.door.settled()

    async def uninstalled(self, people: People, **other: object) -> None:
        """Slack says that the app was removed."""
        await people.event({"type": "app_uninstalled"}, **other)
        await self.stage.door.settled()

    def installation(self, tenant: str) -> Installation | None:
        return self.stage.store.ledger.installation("slack", tenant)

    def subscriber(self, tenant: str, channel: str) -> Subscriber:
        found = self.stage.store.ledger.subscriber(Chat("slack", tenant, channel))
        assert found is not None
        return found

    async def tended(self) -> None:
        """What the clock's tick does about tokens, done."""
        self.stage.door.tend()
        await self.stage.door.settled()


@asynccontextmanager
async def tenants(
    folder: Path,
    *,
    time: Time | None = None,
    slack: FakeSlack | None = None,
    keys: tuple[str, ...] = KEYS,
    bot_token: str = "",
    patience: float = 5.0,
) -> AsyncIterator[Tenants]:
    alarms: list[tuple[str, Mapping[str, str]]] = []

    async def alarm(key: str, words: Mapping[str, str]) -> None:
        alarms.append((key, words))

    async with staged(
        folder, time=time, slack=slack, keys=keys, bot_token=bot_token, alarm=alarm, patience=patience
    ) as stage:
        yield Tenants(stage, alarms)
