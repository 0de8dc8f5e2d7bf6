"""FakeSlack: a strict Slack on loopback, with a clock of the test's and faults on demand.

Serves the Web API, response_urls, uploads and Socket Mode; delivers commands, events and presses
over the socket or, signed, to the app's own address. It counts what it accepted: assert on
`posts`, not on the absence of exceptions. `violations` lists what a correct app never does.
"""

from __future__ import annotations

import asyncio
import json
from base64 import b64decode
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any, Literal, Self

from aiohttp import web

from tests.fakes.slack.arguments import ARGUMENTS, checked, given
from tests.fakes.slack.blocks import problems_of_message
from tests.fakes.slack.grants import Grant, Grants
from tests.fakes.slack.methods import METHODS, edit
from tests.fakes.slack.refusals import Refused, TooFast
from tests.fakes.slack.world import BOT, Channel, Message, User, World

Json = dict[str, Any]

BOT_TOKEN = "xoxb-fake-1"
APP_TOKEN = "xapp-fake-1"
SECRET = "8f742231b10e8888abcd99yyyzzz85a5"

_HOOK = {"text", "blocks", "response_type", "replace_original", "delete_original", "thread_ts", "mrkdwn",
         "unfurl_links", "unfurl_media", "metadata", "attachments"}  # fmt: skip


@dataclass(frozen=True)
class Fault:
    """What goes wrong with the next call of a method. "lose" = done, and the answer is lost."""

    kind: Literal["status", "garbage", "hang", "reset", "lose", "error"]
    status: int = 500
    retry_after: str = ""
    error: str = ""
    body: str = "<html>nginx</html>"


@dataclass
class FakeSlack:
    """One app in one workspace, the first, and in those that install it. Use as an async context
    manager. `world` is the first workspace; `grants` is how others install the app.
    """

    clock: Callable[[], datetime]
    team: str = "T1"
    enterprise: str = ""
    world: World = field(init=False)
    violations: list[str] = field(default_factory=list)
    calls: Counter[str] = field(default_factory=Counter)
    token_error: str = ""

    def __post_init__(self) -> None:
        self._numbers = count(1)
        self.world = World(self.clock, self.team, self.enterprise, self._numbers)
        self.worlds = {self.team: self.world}
        self.grants = Grants(self.clock, self._numbers)
        self.sockets: list[web.WebSocketResponse] = []
        self.acks: dict[str, asyncio.Future[Json]] = {}
        self._faults: dict[str, deque[Fault]] = {}
        self._tickets: set[str] = set()
        self._closing = asyncio.Event()
        self._connected = asyncio.Condition()

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=8 * 1024 * 1024)
        app.router.add_route("*", "/api/{method}", self._api)
        app.router.add_post("/hooks/{name}", self._hook)
        app.router.add_post("/upload/{name}", self._upload)
        app.router.add_get("/files/{name}", self._file)
        app.router.add_get("/socket/{ticket}", self._socket)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.base = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._closing.set()
        for socket in self.sockets:
            await socket.close()
        await self._runner.cleanup()

    # what a test sets up and looks at

    @property
    def api_base(self) -> str:
        return f"{self.base}/api/"

    def workspace(self, team: str, enterprise: str = "") -> World:
        """Another workspace, which the app is not in yet."""
        made = self.worlds[team] = World(self.clock, team, enterprise, self._numbers)
        return made

    def said_in(self, team: str) -> list[Message]:
        """Everything the bot said in a workspace, oldest first."""
        return [m for m in self.worlds[team].messages if m.user == BOT]

    @property
    def posts(self) -> list[Message]:
        """What everybody sees of the bot, by chat.postMessage, oldest first."""
        return [m for m in self.world.messages if m.user == BOT and m.via == "chat.postMessage"]

    @property
    def answers(self) -> list[Message]:
        """Everything the bot said, by whatever way, oldest first."""
        return [m for m in self.world.messages if m.user == BOT]

    def user(self, name: str, **facts: Any) -> User:
        self.world.users[name] = made = User(name, **{"team": self.team, **facts})
        return made

    def channel(self, name: str, *, members: set[str], bot: bool = True, **facts: Any) -> Channel:
        """A channel with these people, and with the bot unless told otherwise."""
        made = Channel(name, name.lower(), members=members | ({BOT} if bot else set()), **facts)
        self.world.channels[name] = made
        return made

    def fail(self, method: str, *faults: Fault) -> None:
        """The next calls of `method` ("hooks" for response_urls) go wrong, one fault each."""
        self._faults.setdefault(method, deque()).extend(faults)

    async def connected(self, count: int = 1) -> None:
        """Return once the app holds `count` open sockets."""
        async with self._connected:
            await self._connected.wait_for(lambda: sum(not s.closed for s in self.sockets) >= count)

    # the Web API

    async def _api(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        self.calls[method] += 1
        fault = self._next_fault(method)
        if fault is not None and fault.kind != "lose":
            return await self._broken(request, fault)
        answer = await self._answered(method, request)
        if fault is not None:
            return await self._broken(request, fault)
        return answer

    async def _answered(self, method: str, request: web.Request) -> web.Response:
        try:
            args, token = await given(request)
            if method == "oauth.v2.access":
                client = _basic(request.headers.get("Authorization", ""))
                return web.json_response({"ok": True, **self.grants.exchanged(checked(method, args), client)})
            if method not in ARGUMENTS:
                self._granted(method, token)
                raise Refused("unknown_method")
            grant = self._granted(method, token)
            typed = checked(method, args)
            return web.json_response({"ok": True, **self._called(method, typed, grant)})
        except TooFast as slow:
            headers = {"Retry-After": str(slow.seconds)}
            return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)
        except Refused as refused:
            if refused.detail:
                self.violations.append(f"{method}: {refused.error}: {refused.detail}")
            return web.json_response({"ok": False, "error": refused.error})

    def _granted(self, method: str, token: str) -> Grant | None:
        """Whose call it is: None = the app's own, or that of the token it was given by hand."""
        expected = APP_TOKEN if method == "apps.connections.open" else BOT_TOKEN
        if not token:
            raise Refused("not_authed")
        if token == expected and not self.token_error:
            return None
        if self.token_error:
            raise Refused(self.token_error)
        return self.grants.of(token)

    def _called(self, method: str, args: Json, grant: Grant | None) -> Json:
        if method == "apps.connections.open":
            ticket = f"t{self.world.number()}"
            self._tickets.add(ticket)
            return {"url": f"{self.base.replace('http', 'ws')}/socket/{ticket}"}
        if method == "auth.teams.list":
            return self._teams(args, grant)
        answer = METHODS[method](self._world(args, grant), args)
        if "upload_url" in answer:
            answer["upload_url"] = f"{self.base}/{answer['upload_url']}"
        return answer

    def _world(self, args: Json, grant: Grant | None) -> World:
        """The workspace that a call is about; an organisation's token reaches all of its own."""
        if grant is None:
            return self.world
        if grant.team:
            return self.worlds[grant.team]
        for world in self.worlds.values():
            ours = world.enterprise == grant.enterprise
            if ours and (
                args.get("channel") in world.channels or args.get("user", args.get("users")) in world.users
            ):
                if world.team in self.grants.outside:
                    raise Refused("team_access_not_granted")
                return world
        raise Refused("channel_not_found")

    def _teams(self, args: Json, grant: Grant | None) -> Json:
        """auth.teams.list, two to a page: the workspaces that a token may act in."""
        if not 0 < args.get("limit", 100) <= 1000:
            raise Refused("invalid_limit")
        teams = [self.world.team] if grant is None else [grant.team]
        if grant is not None and not grant.team:
            ours = [team for team, world in self.worlds.items() if world.enterprise == grant.enterprise]
            teams = sorted(set(ours) - self.grants.outside)
        begin = int(args.get("cursor") or 0)
        rest = str(begin + 2) if begin + 2 < len(teams) else ""
        page = [{"id": team, "name": "fake"} for team in teams[begin : begin + 2]]
        return {"teams": page, "response_metadata": {"next_cursor": rest}}

    def _next_fault(self, method: str) -> Fault | None:
        waiting = self._faults.get(method)
        return waiting.popleft() if waiting else None

    async def _broken(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        if fault.kind == "error":
            return web.json_response({"ok": False, "error": fault.error})
        if fault.kind == "garbage":
            return web.Response(text=fault.body, content_type="application/json")
        if fault.kind == "status":
            headers = {"Retry-After": fault.retry_after} if fault.retry_after else {}
            return web.Response(
                text=fault.body, content_type="text/html", status=fault.status, headers=headers
            )
        if fault.kind == "hang":
            await self._closing.wait()
        if request.transport is not None:
            request.transport.abort()
        return web.Response()

    # response_url and uploads

    async def _hook(self, request: web.Request) -> web.StreamResponse:
        self.calls["hooks"] += 1
        fault = self._next_fault("hooks")
        if fault is not None:
            return await self._broken(request, fault)
        name = request.match_info["name"]
        world = next(w for w in self.worlds.values() if name in w.hooks)
        hook = world.hooks[name]
        hook.uses += 1
        if hook.uses > 5 or self.clock() - hook.made > timedelta(minutes=30):
            return web.Response(text="expired_url", status=404)
        args: Json = json.loads(await request.read())
        problems = [f"no {name}" for name in sorted(set(args) - _HOOK)] + problems_of_message(args)
        if args.get("replace_original") and hook.message is None:
            problems.append("replace_original without a message")
        if problems:
            self.violations.append(f"response_url: {'; '.join(problems)}")
            return web.Response(text="invalid_payload", status=400)
        if args.get("replace_original") and hook.message is not None:
            edit(hook.message, args)
        else:
            to = "" if args.get("response_type") == "in_channel" else hook.user
            world.add(
                Message(hook.channel, world.stamp(), BOT, args.get("text", ""), args.get("blocks", []),
                        str(args.get("thread_ts", "")), to=to, via="response_url", arguments=args)
            )  # fmt: skip
        return web.Response(text="ok")

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        world = next(w for w in self.worlds.values() if name in w.files)
        world.files[name] = (world.files[name][0], await request.read())
        return web.Response(text="OK - 1", content_type="text/plain")

    async def _file(self, request: web.Request) -> web.StreamResponse:
        """A private file: to our token; anybody else is sent to the login page."""
        self.calls["files"] += 1
        name, token = request.match_info["name"], request.headers.get("Authorization", "")[7:]
        world = next(w for w in self.worlds.values() if name in w.files)
        try:
            grant = self._granted("files", token)
        except Refused:
            raise web.HTTPFound("/login") from None
        if world is not (self.world if grant is None else self.worlds.get(grant.team)):
            raise web.HTTPFound("/login")
        return web.Response(body=world.files[name][1])

    # Socket Mode

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        ticket = request.match_info["ticket"]
        if ticket not in self._tickets:
            return web.Response(status=404)
        self._tickets.remove(ticket)
        socket = web.WebSocketResponse(autoping=True)
        await socket.prepare(request)
        await socket.send_json({"type": "hello", "num_connections": 1, "connection_info": {"app_id": "A1"}})
        async with self._connected:
            self.sockets.append(socket)
            self._connected.notify_all()
        async for frame in socket:
            answer: Json = json.loads(frame.data)
            waiting = self.acks.get(answer["envelope_id"])
            if waiting is None:
                self.violations.append("an ack for no envelope")
            elif not waiting.done():
                waiting.set_result(answer)
        return socket

    async def envelope(self, kind: str, payload: Json, *, retry: int = 0, seconds: float = 5) -> Json | None:
        """Send one envelope over the newest socket; the ack, or None when none came in time."""
        name = f"e{self.world.number()}"
        self.acks[name] = asyncio.get_running_loop().create_future()
        socket = next(s for s in reversed(self.sockets) if not s.closed)
        await socket.send_json(
            {"envelope_id": name, "type": kind, "payload": payload, "accepts_response_payload": True,
             "retry_attempt": retry, "retry_reason": "timeout" if retry else ""}
        )  # fmt: skip
        try:
            async with asyncio.timeout(seconds):
                return await self.acks[name]
        except TimeoutError:
            return None

    async def refresh(self) -> None:
        """Slack asks for a new connection, as it does every few hours, and drops the old one."""
        old = self.sockets[-1]
        await old.send_json({"type": "disconnect", "reason": "refresh_requested", "debug_info": {}})
        async with self._connected:
            await self._connected.wait_for(lambda: self.sockets[-1] is not old)
        await old.close()


def _basic(header: str) -> tuple[str, str]:
    """The client's id and secret of HTTP basic authentication."""
    scheme, _, encoded = header.partition(" ")
    try:
        login, colon, password = b64decode(encoded, validate=True).decode().partition(":")
    except ValueError:
        raise Refused("invalid_client_id") from None
    if scheme != "Basic" or not colon:
        raise Refused("invalid_client_id")
    return login, password
