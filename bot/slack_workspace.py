"""Workspaces: everything of one workspace in one place, and which one a delivery is for.

No client, cache or budget is shared between two of them. A delivery or a chat whose workspace is
not here is nobody's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from bot.slack_agent import Agent
from bot.slack_answer import Answers
from bot.slack_events import Events
from bot.slack_people import People
from bot.slack_render import parts
from bot.slack_send import Sender
from bot.slack_surfaces import Surfaces
from bot.slack_transport import Me
from bot.slack_unfurl import Unfurls
from handlers.message import Reply
from store.model import Chat

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

EACH_AT_ONCE = 12  # deliveries of one workspace worked on at the same time
EACH_MOST = 600  # deliveries of one workspace kept waiting


@dataclass(slots=True)
class Workspace:
    """One workspace. `home` is the tenant of the installation whose token its client has; "" = the
    token comes from the settings. `expires_at` None = that token does not end.
    """

    me: Me
    client: AsyncWebClient
    people: People
    sender: Sender
    answers: Answers
    events: Events
    surfaces: Surfaces
    agent: Agent
    unfurls: Unfurls
    home: str = ""
    expires_at: datetime | None = None
    room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(EACH_AT_ONCE))
    waiting: int = 0

    @property
    def tenant(self) -> str:
        return self.me.tenant

    async def write_to(self, user: str, reply: Reply) -> bool:
        """Say something to one person, in their direct conversation with the bot."""
        channel = await self.answers.direct(user)
        if not channel:
            return False
        chat = Chat("slack", self.tenant, channel)
        sent = [await self.answers.post(chat, part, first="") for part in parts(reply)]
        return all(outcome.kind == "sent" for outcome in sent)


Make = Callable[[Me, str], Workspace]
"""A Workspace for who we are there and with which token."""


@dataclass(frozen=True, slots=True)
class _Home:
    """An installation whose token is at hand."""

    tenant: str
    bot: str
    token: str = field(repr=False)
    expires_at: datetime | None


class Workspaces:
    """Those that may be served now, by tenant."""

    def __init__(self, make: Make) -> None:
        self._make = make
        self._homes: dict[str, _Home] = {}
        self._all: dict[str, Workspace] = {}

    def __iter__(self) -> Iterator[Workspace]:
        return iter(tuple(self._all.values()))

    def tenants(self) -> tuple[str, ...]:
        """Of settings and installations, sorted."""
        own = {workspace.tenant for workspace in self._all.values() if not workspace.home}
        return tuple(sorted(own | set(self._homes)))

    def fixed(self, me: Me, token: str) -> Workspace:
        """Serve a workspace with the token of the settings."""
        made = self._all[me.tenant] = self._make(me, token)
        return made

    def serve(self, tenant: str, bot: str, token: str, expires_at: datetime | None) -> None:
        """Serve an installation from now on, or go on with a new token."""
        self._homes[tenant] = _Home(tenant, bot, token, expires_at)
        for name, workspace in tuple(self._all.items()):
            if workspace.home == tenant:
                workspace.client.token, workspace.expires_at = token, expires_at
            elif name == tenant:  # the settings' token gives way to one that is newer
                del self._all[name]

    def leave(self, tenant: str) -> None:
        """Serve an installation no more: whatever still holds a client of it holds no token."""
        self._homes.pop(tenant, None)
        for name, workspace in tuple(self._all.items()):
            if workspace.home == tenant:
                workspace.client.token = None
                del self._all[name]

    def of(self, enterprise: str, team: str) -> Workspace | None:
        """Whose delivery that is, from what a verified payload says."""
        if not team:
            return None
        found = self.at(f"{enterprise}/{team}" if enterprise else team)
        if found is not None or enterprise:
            return found
        names = {*self._homes, *self._all}  # not every payload names the organisation
        return next((self.at(name) for name in sorted(names) if name.endswith(f"/{team}")), None)

    async def welcome(self, back: Sequence[Chat]) -> None:
        """Say in each of these chats that its subscription goes on."""
        for chat in back:
            workspace = self.at(chat.tenant)
            if workspace is not None:
                await workspace.events.back(chat)

    def any_of(self, home: str) -> Workspace | None:
        """A workspace that an installation serves; of an organisation one that was seen."""
        return next((w for w in self._all.values() if w.home == home), None) or self.at(home)

    def at(self, tenant: str) -> Workspace | None:
        """The workspace of a chat's tenant."""
        found = self._all.get(tenant)
        if found is not None:
            return found
        enterprise, slash, team = tenant.rpartition("/")
        home = self._homes.get(tenant) or (self._homes.get(enterprise) if slash else None)
        if home is None or (not slash and team.startswith("E")):  # an organisation is no workspace
            return None
        made = self._all[tenant] = self._make(Me(team, enterprise, home.bot, ""), home.token)
        made.home, made.expires_at = home.tenant, home.expires_at
        return made
