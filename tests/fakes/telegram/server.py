"""The HTTP side: reads calls, checks them, answers, polls, and fails when told to."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from aiohttp import web

from tests.fakes.telegram.facts import Refused, bad, checked, method_named
from tests.fakes.telegram.flood import Flood
from tests.fakes.telegram.methods import Methods
from tests.fakes.telegram.webhook import Postman
from tests.fakes.telegram.world import Json, World

TOKEN = "4242:AAfakeFAKEfakeFAKEfakeFAKEfakeFAKEfak"

FaultKind = Literal["words", "page", "garbage", "odd", "hang", "reset", "lost"]


@dataclass
class Fault:
    """What goes wrong with the next `times` calls of `method` (to `chat`, when it is named).

    words    an answer that is not ok: `status`, `text`, `parameters`
    page     `status` with an HTML page
    garbage  200 with something that is no JSON, the call having had its effect
    odd      200 with JSON that says nothing, the call having had its effect
    hang     nothing, until `release()`; then as if nothing had been
    reset    the connection is reset, the call not having had its effect
    lost     the call has its effect and the connection is reset
    """

    kind: FaultKind
    method: str = "sendMessage"
    chat: int | None = None
    times: int = 1
    status: int = 500
    text: str = "Internal Server Error"
    parameters: dict[str, int] = field(default_factory=dict)


class FakeTelegram(World):
    """`async with FakeTelegram(clock) as fake`: a Bot API at `fake.base` for one bot, TOKEN.

    `calls` are all calls with their parameters; `mistakes` what a bot of ours must never do
    (an unknown parameter, a wrong type, over-long text); `accepted` counts messages.
    """

    def __init__(self, clock: Callable[[], datetime], *, flood: bool = False) -> None:
        super().__init__(clock)
        self.flood = Flood(clock, slack=0 if flood else 1_000_000)
        self.methods = Methods(self, self.flood)
        self.calls: list[tuple[str, Json]] = []
        self.mistakes: list[str] = []
        self.faults: list[Fault] = []
        self.revoked = False
        self.unauthorized: list[str] = []
        self.offset = 0  # of the latest poll: every update below it is acknowledged
        self.base = ""
        self._released = asyncio.Event()
        self._poll: asyncio.Future[None] | None = None
        self.postman = Postman(self)
        self._runner: web.AppRunner | None = None

    @property
    def accepted(self) -> int:
        return self.methods.accepted

    async def __aenter__(self) -> FakeTelegram:
        app = web.Application(client_max_size=64 << 20)
        app.router.add_route("*", "/bot{token}/{method}", self._call)
        app.router.add_get("/file/bot{token}/{path:.+}", self._file)
        self._runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        port = self._runner.addresses[0][1]
        self.base = f"http://127.0.0.1:{port}"
        await self.postman.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.release()
        await self.postman.stop()
        assert self._runner is not None
        await self._runner.cleanup()

    def fail(self, kind: FaultKind, **how: Any) -> Fault:
        fault = Fault(kind, **how)
        self.faults.append(fault)
        return fault

    def too_many(self, seconds: int | None = None, **how: Any) -> Fault:
        """429, saying when to come back or (None) not saying it."""
        if seconds is None:
            return self.fail("words", status=429, text="Too Many Requests", **how)
        text = f"Too Many Requests: retry after {seconds}"
        return self.fail("words", status=429, text=text, parameters={"retry_after": seconds}, **how)

    def release(self) -> None:
        """Let the calls that hang go on."""
        self._released.set()
        self._released = asyncio.Event()

    def called(self, method: str) -> list[Json]:
        return [call for name, call in self.calls if name == method]

    # answering

    async def _call(self, request: web.Request) -> web.StreamResponse:
        name = method_named(request.match_info["method"])
        if self.revoked or request.match_info["token"] != TOKEN:
            self.unauthorized.append(request.match_info["method"])
            return _refusal(Refused(401, "Unauthorized"))
        if name is None:
            self.mistakes.append(f"no method {request.match_info['method']}")
            return _refusal(Refused(404, "Not Found"))
        try:
            given = await _parameters(request)
            call = checked(name, given)
        except Refused as refused:
            self.mistakes.append(refused.words)
            return _refusal(refused)
        self.calls.append((name, call))
        self.notify()
        fault = self._fault(name, call)
        return await (self._failing(fault, request, name, call) if fault else self._answer(name, call))

    async def _answer(self, name: str, call: Json) -> web.Response:
        try:
            result = await self._updates(call) if name == "getUpdates" else self.methods.table[name](call)
        except Refused as refused:
            if refused.words.startswith(_MISTAKES):
                self.mistakes.append(refused.words)
            return _refusal(refused)
        finally:
            self.notify()
        return web.json_response({"ok": True, "result": result})

    def _fault(self, name: str, call: Json) -> Fault | None:
        for fault in self.faults:
            if fault.method == name and fault.chat in {None, call.get("chat_id")}:
                fault.times -= 1
                self.faults = [one for one in self.faults if one.times > 0]
                return fault
        return None

    async def _failing(self, fault: Fault, request: web.Request, name: str, call: Json) -> web.StreamResponse:
        if fault.kind == "words":
            return _refusal(Refused(fault.status, fault.text, **fault.parameters))
        if fault.kind == "page":
            page = f"<html><h1>{fault.status}</h1></html>"
            return web.Response(status=fault.status, text=page, content_type="text/html")
        if fault.kind == "hang":
            await self._released.wait()
            return await self._answer(name, call)
        if fault.kind != "reset":
            answer = await self._answer(name, call)
            if fault.kind == "garbage":
                return web.Response(text="<html>it works</html>", content_type="text/html")
            if fault.kind == "odd":
                return web.json_response({"answer": answer.status})
        if request.transport is not None:
            request.transport.abort()
        return web.Response()

    async def _file(self, request: web.Request) -> web.Response:
        path = request.match_info["path"].removeprefix("documents/")
        if request.match_info["token"] != TOKEN or path not in self.files:
            return _refusal(Refused(404, "Not Found"))
        return web.Response(body=self.files[path])

    # polling

    async def _updates(self, call: Json) -> list[Json]:
        """Long poll: answers when there is something, or when another poll takes over (409)."""
        if self.webhook is not None:
            raise Refused(
                409,
                "Conflict: can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first",
            )
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(None)
        mine = self._poll = asyncio.get_running_loop().create_future()
        self.offset = call.get("offset", 0)
        self.updates = [update for update in self.updates if update["update_id"] >= self.offset]
        allowed = set(call.get("allowed_updates", ()))
        poll = asyncio.ensure_future(self.until(lambda: mine.done() or self._owed(allowed), guard=3600))
        try:
            if call.get("timeout"):
                await asyncio.wait({poll}, timeout=call["timeout"])
            if mine.done():
                raise Refused(
                    409,
                    "Conflict: terminated by other getUpdates request; "
                    "make sure that only one bot instance is running",
                )
            return self._owed(allowed)[: call.get("limit", 100)]
        finally:
            poll.cancel()
            await asyncio.gather(poll, return_exceptions=True)

    def steal_poll(self) -> None:
        """Another instance of the bot polls: the one that waits is told so."""
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(None)
            self.notify()

    def polling(self) -> bool:
        return self._poll is not None and not self._poll.done()

    def _owed(self, allowed: set[str]) -> list[Json]:
        return [update for update in self.updates if not allowed or allowed & set(update)]


_MISTAKES = (
    "Bad Request: can't parse entities",
    "Bad Request: message is too long",
    "Bad Request: message caption is too long",
    "Bad Request: message text is empty",
    "Bad Request: text is too long",
    "Bad Request: strings must be",
    "Bad Request: BUTTON",
    "Bad Request: REPLY_MARKUP",
    "Bad Request: BOT_COMMAND",
    "Bad Request: LANG_CODE",
    "Bad Request: inline keyboard",
    "Bad Request: can't parse inline keyboard",
    "Bad Request: unsupported parse_mode",
)


def _refusal(refused: Refused) -> web.Response:
    body: Json = {"ok": False, "error_code": refused.status, "description": refused.words}
    if refused.parameters:
        body["parameters"] = refused.parameters
    return web.json_response(body, status=refused.status)


async def _parameters(request: web.Request) -> Json:
    """From the query, a form, multipart or a JSON body; files as (name, bytes)."""
    given: Json = dict(request.query)
    if request.content_type == "application/json" and request.can_read_body:
        try:
            given |= json.loads(await request.text())
        except ValueError as error:
            raise bad("can't parse JSON object") from error
        return given
    for name, value in (await request.post()).items():
        given[name] = value if isinstance(value, str) else _upload(value)
    return given


def _upload(value: Any) -> tuple[str, bytes]:
    if isinstance(value, web.FileField):
        with value.file as file:
            return value.filename, file.read()
    return "blob", bytes(value)
