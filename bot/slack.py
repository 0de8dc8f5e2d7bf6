"""The Slack door: slack-bolt by Socket Mode and by signed HTTP, one way in for both.

Every delivery is kept in the ledger, durably, and then acknowledged; the work comes after, at
once or, when this process is killed, at the next start.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit

import aiohttp
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack_answer import Answers
from bot.slack_blocks import Json
from bot.slack_events import Events
from bot.slack_files import LARGEST, Upload, fetch
from bot.slack_inbound import Incoming, kept, read
from bot.slack_manifest import umbrella
from bot.slack_people import People
from bot.slack_render import parts
from bot.slack_send import TROUBLE, Sender, judge, reason
from bot.slack_transport import Me, bolt_app, close, dispatch, listen
from bot.slack_words import for_slack
from handlers import chats
from handlers.door import Outcome, Rates
from handlers.errors import Refusal
from handlers.language import reply_language
from handlers.message import Ask, Attachment, Manages, Note, Reply, Text, line
from handlers.words import say
from store.bundle import Store
from store.errors import StoreError
from store.model import Chat, Language, Platform, SubscriberState

log = logging.getLogger(__name__)

Answer = Callable[[Ask, Manages], Awaitable[Reply | None]]
Handler = Callable[[bytes, Mapping[str, str]], Awaitable[tuple[int, str, bytes]]]

AT_ONCE = 16  # deliveries worked on at the same time
MOST = 1_000  # deliveries kept waiting; beyond that Slack is told to come again


class SlackDoor:
    """One Slack app in one workspace: handlers.door.Door, and the way in.

    `app_token` "" = no Socket Mode. `signing_secret` is for bot/web.py, which checks signatures
    before `handler` sees anything. `pause` is how the door waits between messages of one answer.
    """

    platform: Platform = "slack"
    rates = Rates(overall=4.0, per_chat=1.0)

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
        timeout: float = 10.0,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.signing_secret = signing_secret
        self.umbrella = umbrella(name)
        self._token = bot_token
        self._app_token = app_token
        self._base = f"{api_base.rstrip('/')}/" if api_base else "https://slack.com/api/"
        self._host = urlsplit(api_base).netloc
        self._store = store
        self._answer = answer
        self._clock = clock
        self._admins = admins
        self._timeout = timeout
        self._pause = pause
        self._session: aiohttp.ClientSession | None = None
        self._socket: AsyncSocketModeHandler | None = None
        self._app: AsyncApp | None = None
        self._me: Me | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._room = asyncio.Semaphore(AT_ONCE)
        self._open = False

    # opening and closing

    async def open(self) -> None:
        """Make sending possible. Refusal when Slack refuses the token or cannot be reached."""
        limits = aiohttp.ClientTimeout(total=self._timeout, sock_connect=min(5.0, self._timeout))
        self._session = aiohttp.ClientSession(timeout=limits)
        client = self._client(self._token)
        try:
            facts = await client.auth_test()
            enterprise = str(facts.get("enterprise_id") or "")
            self._me = Me(facts["team_id"], enterprise, facts["user_id"], str(facts.get("bot_id") or ""))
        except TROUBLE as error:
            await self._close_session()
            raise _refusal(judge(error)) from error
        self._people = People(client, self._clock, team=self._me.team, enterprise=enterprise)
        self._sender = Sender(client, self._store, self._clock)
        self._answers = Answers(self._sender, self._session, self._pause, self._host, self.umbrella)
        self._events = Events(
            self._store, self._sender, self._people, self._clock, self._me.user, self.umbrella
        )

    async def start(self) -> None:
        """Open, take up what was received and not handled, and listen by Socket Mode if we may."""
        await self.open()
        self._app = bolt_app(self._identity(), self._token, self._client(None), self._take)
        self._open = True
        for key, body in self._store.ledger.unhandled():
            if key.startswith("slack:"):
                self._begin(key, body)
        if self._app_token:
            try:
                self._socket = await listen(self._app, self._app_token, self._client(self._app_token))
            except TROUBLE as error:
                await self.stop()
                raise _refusal(judge(error)) from error

    async def stop(self) -> None:
        """Take nothing more in, finish what was begun (what takes longer than ten seconds is left
        for the next start), and close every connection.
        """
        self._open = False
        if self._socket is not None:
            await close(self._socket)
            self._socket = None
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=10)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._close_session()

    async def settled(self) -> None:
        """Return when everything received so far has been handled."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    @property
    def tenant(self) -> str:
        """How this workspace is named in every Chat; RuntimeError before the door was opened."""
        return self._identity().tenant

    def _identity(self) -> Me:
        if self._me is None:
            raise RuntimeError("the door is not open")
        return self._me

    def _client(self, token: str | None) -> AsyncWebClient:
        client = AsyncWebClient(token=token, base_url=self._base, session=self._session, retry_handlers=[])
        if self._host:
            client.proxy = None  # the SDK takes one from the environment even for a base on loopback
        return client

    async def _close_session(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    # handlers.door.Door

    def parts(self, reply: Reply) -> tuple[str, ...]:
        return parts(for_slack(reply, self.umbrella))

    async def send(self, chat: Chat, part: str, *, first: str, silent: bool = False) -> Outcome:
        """Post one part, in the thread of `first`. Slack has no silent messages."""
        del silent
        if chat.tenant != self.tenant:
            return Outcome("gone", reason=reason("uninstalled"), detail="another workspace")
        return await self._sender.send(chat, part, first=first)

    def is_group(self, chat: Chat) -> bool:
        return not chat.id.startswith("D")

    async def find(self, chat: Chat, part: str, *, first: str, since: datetime) -> str | None:
        """Sender.find: whether a part whose fate is unknown is there after all."""
        return await self._sender.find(chat, part, first=first, since=since)

    # the way in

    def handler(self) -> Handler:
        """What takes a verified HTTP delivery: (body, headers) to (status, content type, body)."""
        return self._http

    async def _http(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, str, bytes]:
        if self._app is None or not self._open:
            return 503, "text/plain", b"not open"
        return await dispatch(self._app, body, headers)

    def _take(self, body: Json) -> int:
        """Keep one delivery; the status says whether Slack need not come again."""
        if not self._open or len(self._tasks) >= MOST:
            return 503
        came = read(body)
        if came is None or not self._for_us(came):
            return 200
        try:
            text = json.dumps(kept(body), ensure_ascii=False)
            new = self._store.ledger.receive(came.key, text, at=self._clock())
        except StoreError:
            log.exception("slack: a delivery could not be kept")
            return 503
        if new:
            self._begin(came.key, text)
        return 200

    def _for_us(self, came: Incoming) -> bool:
        me = self._identity()
        ours = came.team == me.team and came.enterprise in {"", me.enterprise}
        if not ours:
            log.warning("slack: a delivery for another workspace was left alone")
        return ours

    def _begin(self, key: str, body: str) -> None:
        task = asyncio.create_task(self._handle(key, body))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _handle(self, key: str, body: str) -> None:
        async with self._room:
            try:
                came = read(json.loads(body))
                if came is not None and self._for_us(came):
                    await self._work(came)
            except Exception:
                log.exception("slack: a delivery could not be handled")
            try:
                self._store.ledger.handled(key, at=self._clock())
            except StoreError:
                log.exception("slack: a delivery could not be settled")

    # the work

    async def _work(self, came: Incoming) -> None:
        chat = Chat("slack", self.tenant, came.channel)
        if came.kind == "event":
            await self._events.happened(came, chat)
        else:
            await self._asked(came, chat)

    async def _asked(self, came: Incoming, chat: Chat) -> None:
        inside = came.kind in {"mention", "direct"} or await self._people.inside(came.channel)
        private = inside and came.channel.startswith("D")
        ask = await self._ask(came, chat, private=private)
        if came.kind in {"mention", "direct"} and chats.returned(self._store, chat, ask.now):
            await self._events.greet(chat, "slack.welcome_back")

        async def manages(asked: Ask) -> bool:
            return asked.private or await self._people.may_manage(asked.user)

        failed = None
        if came.upload is not None:
            ask, failed = await self._with_file(ask, came.upload)
        reply = failed or await self._answer(ask, manages)
        if reply is None:
            return
        if came.kind == "command" and not inside:
            inside, reply = await self._at_the_door(ask, reply)
        if reply.tags.get("refused") == "answer.managers_only":
            reply = _with_note(reply, "slack.managers")
        await self._answers.give(came, chat, reply, private=private, inside=inside)

    async def _ask(self, came: Incoming, chat: Chat, *, private: bool) -> Ask:
        me = self._identity()
        return Ask(
            came.text,
            chat,
            self._clock(),
            user=came.user,
            client_language=(await self._people.person(came.user)).locale,
            private=private,
            admin=not self._admins.isdisjoint(
                {f"slack:{me.team}/{came.user}", f"slack:{me.tenant}/{came.user}"}
            ),
            pressed=came.kind == "press",
        )

    async def _with_file(self, ask: Ask, upload: Upload) -> tuple[Ask, Reply | None]:
        """The ask with the file that came along, or what to say when it could not be had. Only
        those who may hand one in have theirs fetched; others are refused by its name alone.
        """
        assert self._session is not None
        if not ask.admin:
            return replace(ask, attachment=Attachment(upload.name, b"", upload.content_type)), None
        proxy = self._sender.client.proxy
        data = await fetch(self._session, self._token, upload, host=self._host, proxy=proxy)
        if data is not None:
            return replace(ask, attachment=Attachment(upload.name, data, upload.content_type)), None
        language = reply_language(ask, self._store)
        text = say("slack.file_not_fetched", language, limit=LARGEST >> 20)
        return ask, Reply((Text(line(text)),), language, whisper=True)

    async def _at_the_door(self, ask: Ask, reply: Reply) -> tuple[bool, Reply]:
        """Asked from where the bot is not: a channel that subscribed is joined where that is
        possible, and otherwise the answer says how to invite the bot.
        """
        subscriber = self._store.ledger.subscriber(ask.chat)
        subscribed = subscriber is not None and subscriber.state is SubscriberState.ACTIVE
        if subscribed and await self._sender.join(ask.chat.id):
            self._people.moved(ask.chat.id, inside=True)
            return True, reply
        language = reply_language(ask, self._store)
        return False, _with_note(
            reply, "slack.invite", language=language, bot=f"@{self.umbrella.lstrip('/')}"
        )


def _with_note(reply: Reply, key: str, *, language: Language | None = None, **words: object) -> Reply:
    note = Note(line(say(key, language or reply.language, **words)))
    return replace(reply, blocks=(*reply.blocks, note))


def _refusal(outcome: Outcome) -> Refusal:
    """Why the door does not open, in words."""
    if outcome.kind in {"dead", "gone", "refused"}:
        return Refusal("slack.token_refused", code=outcome.detail)
    return Refusal("slack.unreachable", detail=outcome.detail)
