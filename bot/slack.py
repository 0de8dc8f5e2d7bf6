"""The Slack door: by Socket Mode and by signed HTTP, one way in for both (slack_intake)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import aiohttp
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack_agent import Agent
from bot.slack_answer import Answers
from bot.slack_desk import Answer, Desk
from bot.slack_events import Events
from bot.slack_inbound import Incoming
from bot.slack_intake import Intake
from bot.slack_manifest import umbrella
from bot.slack_oauth import OAuth
from bot.slack_people import People
from bot.slack_render import parts
from bot.slack_send import TROUBLE, Sender, judge, reason
from bot.slack_surfaces import Surfaces
from bot.slack_tenancy import Alarm, Tenancy, no_alarm
from bot.slack_transport import Me, bolt_app, close, dispatch, listen
from bot.slack_unfurl import Unfurls
from bot.slack_words import for_slack
from bot.slack_workspace import Workspace, Workspaces
from handlers.door import Outcome, Rates
from handlers.errors import Refusal
from handlers.message import Ask, Reply
from store.bundle import Store
from store.model import Chat, Platform
from store.seal import Seal

log = logging.getLogger(__name__)

Handler = Callable[[bytes, Mapping[str, str]], Awaitable[tuple[int, str, bytes]]]

_TENDING = timedelta(seconds=30)  # when to look again at what is being done about tokens
_SHOWN = 5  # workspaces named


class SlackDoor:
    """One Slack app in one workspace or in many: handlers.door.Door, and the way in.

    `bot_token` "" = no workspace of the settings; `oauth` with `seal` = workspaces install the app by
    themselves. `app_token` "" = no Socket Mode. `signing_secret` is for bot/web.py, which checks
    signatures before `handler` sees anything. `public_url` is where our pages are ("" = nowhere).
    `pause` is how it waits between messages of one answer, `alarm` how it tells the administrators.
    """

    platform: Platform = "slack"
    rates = Rates(overall=4.0, per_chat=1.0)
    edit_rates: Rates | None = Rates(overall=0.8, per_chat=0.8)  # fifty a minute, by itself

    def __init__(
        self,
        bot_token: str,
        *,
        store: Store,
        answer: Answer,
        clock: Callable[[], datetime],
        app_token: str = "",
        signing_secret: str = "",
        api_base: str = "",
        admins: frozenset[str] = frozenset(),
        name: str = "Jianbao",
        public_url: str = "",
        timeout: float = 10.0,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        rates: Rates | None = None,
        oauth: OAuth | None = None,
        seal: Seal | None = None,
        alarm: Alarm = no_alarm,
    ) -> None:
        self.signing_secret = signing_secret
        self.rates = rates or self.rates
        self.umbrella = umbrella(name)
        self.oauth = oauth
        self._token = bot_token
        self._app_token = app_token
        self._base = f"{api_base.rstrip('/')}/" if api_base else "https://slack.com/api/"
        self._host = urlsplit(api_base).netloc
        self._store = store
        self._clock = clock
        self._public_url = public_url
        self._desk = Desk(store, answer, clock, admins, self.umbrella)
        self._timeout = timeout
        self._pause = pause
        self._session: aiohttp.ClientSession | None = None
        self._socket: AsyncSocketModeHandler | None = None
        self._tending: asyncio.Task[None] | None = None
        self._spaces = Workspaces(self._workspace)
        self._tenancy: Tenancy | None = None
        if oauth is not None and seal is not None:
            self._tenancy = Tenancy(
                store, self._spaces, oauth=oauth, seal=seal, client=self._client, clock=clock, alarm=alarm
            )
        self._intake = Intake(store, self._desk, self._spaces, self._tenancy, clock)

    # opening and closing

    async def open(self) -> None:
        """Make sending possible. Refusal when Slack refuses the settings' token or cannot be reached,
        and when a workspace's token cannot be opened.
        """
        limits = aiohttp.ClientTimeout(total=self._timeout, sock_connect=min(5.0, self._timeout))
        self._session = aiohttp.ClientSession(timeout=limits)
        try:
            if self._token:
                self._spaces.fixed(await self._whoami(), self._token)
            if self._tenancy is not None:
                self._tenancy.load()
        except TROUBLE as error:
            await self._close_session()
            raise _refusal(judge(error)) from error
        except Refusal:
            await self._close_session()
            raise

    async def _whoami(self) -> Me:
        facts = await self._client(self._token).auth_test()
        enterprise = str(facts.get("enterprise_id") or "")
        return Me(facts["team_id"], enterprise, facts["user_id"], str(facts.get("bot_id") or ""))

    def _workspace(self, me: Me, token: str) -> Workspace:
        """Everything of one workspace, with a client of its own."""
        assert self._session is not None
        client = self._client(token)
        people = People(client, self._clock, team=me.team, enterprise=me.enterprise)
        sender = Sender(client, self._store, self._clock)
        answers = Answers(sender, self._session, self._pause, self._host, self.umbrella)
        events = Events(self._store, sender, people, self._clock, me.user, self.umbrella)

        async def asking(came: Incoming, chat: Chat) -> Ask:
            return await self._desk.asking(came, chat, me, people)

        surfaces = Surfaces(self._store, answers, people, asking, self._desk.answer, me.tenant)
        agent, unfurls = Agent(client, self._clock), Unfurls(sender, self._desk.answer, self._public_url)
        return Workspace(me, client, people, sender, answers, events, surfaces, agent, unfurls)

    async def start(self) -> None:
        """Open, take up what was received and not handled, and listen by Socket Mode if we may."""
        await self.open()
        self._intake.begin()
        if self._app_token:
            app = bolt_app(self._client(None), self._intake.take)
            try:
                self._socket = await listen(app, self._app_token, self._client(self._app_token))
            except TROUBLE as error:
                await self.stop()
                raise _refusal(judge(error)) from error

    async def stop(self) -> None:
        """Take nothing more in, finish what was begun (what takes longer than ten seconds is left
        for the next start), and close every connection.
        """
        self._intake.open = False
        if self._socket is not None:
            await close(self._socket)
            self._socket = None
        await self._intake.finish(patience=10)
        await self._close_session()

    async def settled(self) -> None:
        """Return when everything received so far has been handled."""
        await self._intake.settled()

    @property
    def tenant(self) -> str:
        """The workspaces served, as every Chat names them; RuntimeError before the door was opened."""
        if self._session is None:
            raise RuntimeError("the door is not open")
        names = self._spaces.tenants() or ("—",)
        return ", ".join((*names[:_SHOWN], *(["…"] if len(names) > _SHOWN else [])))

    def workspace(self, tenant: str) -> Workspace | None:
        """The workspace of a chat's tenant; None where the app is not installed."""
        return self._spaces.at(tenant)

    def _client(self, token: str | None) -> AsyncWebClient:
        client = AsyncWebClient(token=token, base_url=self._base, session=self._session, retry_handlers=[])
        if self._host:
            client.proxy = None  # the SDK takes one from the environment even for a base on loopback
        return client

    async def _close_session(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    # workspaces that come and go

    @property
    def installs(self) -> bool:
        """Whether workspaces may install the app by themselves: begin_install and finish_install."""
        return self._tenancy is not None

    def begin_install(self) -> tuple[str, str]:
        """Where to send somebody who wants to install, and the cookie to give along."""
        assert self._tenancy is not None
        return self._tenancy.begin()

    async def finish_install(self, query: Mapping[str, str], cookie: str) -> str:
        """Take what Slack sent the browser back with; the words key of what to show there."""
        assert self._tenancy is not None
        if self._session is None:
            return "slack.install.unreachable"
        key, back = await self._tenancy.finish(query, cookie)
        if back:
            self._intake.spawn(self._spaces.welcome(back))
        return key

    def tend(self) -> datetime | None:
        """Begin what is to be done about workspaces' tokens; when there will be something again."""
        if self._tenancy is None or self._session is None:
            return None
        now, at = self._clock(), self._tenancy.next_look()
        if at is None or at > now:
            return at
        if self._tending is None or self._tending.done():
            self._tending = self._intake.spawn(self._tenancy.tend())
        return now + _TENDING

    async def private(self, name: str) -> Chat | None:
        """The direct conversation with "TEAM/USER" of any workspace served; None when there is none."""
        tenant, _, user = name.rpartition("/")
        workspace = self._spaces.at(tenant) or self._spaces.of("", tenant)
        channel = await workspace.answers.direct(user) if workspace is not None else ""
        return Chat("slack", workspace.tenant, channel) if workspace is not None and channel else None

    # handlers.door.Door

    def parts(self, reply: Reply) -> tuple[str, ...]:
        return parts(for_slack(reply, self.umbrella))

    async def send(self, chat: Chat, part: str, *, first: str, silent: bool = False) -> Outcome:  # noqa: ARG002
        """Post one part, in the thread of `first`. Slack has no silent messages."""
        return await self._through(chat, lambda sender: sender.send(chat, part, first=first))

    async def edit(self, chat: Chat, part: str, *, message_id: str) -> Outcome:
        return await self._through(chat, lambda sender: sender.edit(chat, part, ts=message_id))

    async def _through(self, chat: Chat, call: Callable[[Sender], Awaitable[Outcome]]) -> Outcome:
        tenancy, workspace = self._tenancy, self._spaces.at(chat.tenant)
        if workspace is not None and workspace.home and tenancy is not None:
            await tenancy.fresh(workspace)
            workspace = self._spaces.at(chat.tenant)  # what could not be refreshed may have ended
        if workspace is None:
            return Outcome("gone", reason=reason("uninstalled"), detail="another workspace")
        outcome = await call(workspace.sender)
        mended = outcome.kind == "dead" and workspace.home and tenancy
        again = mended and await mended.dead(workspace, outcome)
        return await call(workspace.sender) if again else outcome

    def is_group(self, chat: Chat) -> bool:
        return not chat.id.startswith("D")

    async def find(self, chat: Chat, part: str, *, first: str, since: datetime) -> str | None:
        """Sender.find: whether a part whose fate is unknown is there after all."""
        workspace = self._spaces.at(chat.tenant)
        if workspace is None:
            return None
        return await workspace.sender.find(chat, part, first=first, since=since)

    # the way in

    def handler(self) -> Handler:
        """What takes a verified HTTP delivery: (body, headers) to (status, content type, body)."""
        return self._http

    async def _http(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, str, bytes]:
        if not self._intake.open:
            return 503, "text/plain", b"not open"
        return await dispatch(self._intake.take, body, headers)


def _refusal(outcome: Outcome) -> Refusal:
    """Why the door does not open, in words."""
    if outcome.kind in {"dead", "gone", "refused"}:
        return Refusal("slack.token_refused", code=outcome.detail)
    return Refusal("slack.unreachable", detail=outcome.detail)
