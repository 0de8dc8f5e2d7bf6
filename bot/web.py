"""The web: Slack's signed deliveries, Telegram's webhook, /healthz. Nothing is parsed before it is
verified.

Telegram sends a secret along, which is compared before a byte of the body is read. A signature of
Slack's is checked here, on the bytes as they came, in constant time; one that was seen within
ten minutes is not let in a second time (Slack signs again when it delivers again).
"""

from __future__ import annotations

import asyncio
import hmac
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol, cast

from bot import web_install
from bot.settings import WEBHOOK_PATH
from store.model import Language

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from uvicorn import Server

Handler = Callable[[bytes, Mapping[str, str]], Awaitable[tuple[int, str, bytes]]]
"""A verified body and its headers (names in lower case) to status, content type and body."""

PATH = "/slack/events"
TELEGRAM_PATH = WEBHOOK_PATH
TELEGRAM_HEADER = "x-telegram-bot-api-secret-token"
LARGEST = 1 << 20  # bytes of a body
SLOWEST = 5.0  # seconds for a body to arrive
WINDOW = 300  # seconds that a signature's time may be off: Slack's own figure
SEEN_FOR = 600  # seconds that a signature is remembered
_SEEN_MOST = 20_000


class Hooked(Protocol):
    """A door that takes verified deliveries."""

    signing_secret: str

    def handler(self) -> Handler: ...


class Delivered(Protocol):
    """What takes one verified body."""

    async def deliver(self, body: bytes) -> tuple[int, str, bytes]: ...


class Webhooked(Protocol):
    """A door that Telegram may deliver to."""

    webhook_secret: str

    @property
    def webhook(self) -> Delivered: ...


class Signatures:
    """Slack's request signatures, each good once."""

    def __init__(self, secret: str, clock: Callable[[], datetime]) -> None:
        self._secret = secret.encode()
        self._clock = clock
        self._seen: OrderedDict[str, float] = OrderedDict()

    def good(self, body: bytes, headers: Mapping[str, str]) -> bool:
        """Whether this body was signed by Slack within five minutes, and comes for the first time."""
        stamp, given = headers.get("x-slack-request-timestamp", ""), headers.get("x-slack-signature", "")
        now = self._clock().timestamp()
        if not self._secret or not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
            return False
        if abs(now - int(stamp)) > WINDOW:
            return False
        made = hmac.digest(self._secret, b"v0:" + stamp.encode() + b":" + body, "sha256").hex()
        if not hmac.compare_digest(f"v0={made}".encode(), given.encode("utf-8", "replace")):
            return False
        return self._first_time(given, now)

    def _first_time(self, signature: str, now: float) -> bool:
        while self._seen and (
            now - next(iter(self._seen.values())) > SEEN_FOR or len(self._seen) >= _SEEN_MOST
        ):
            self._seen.popitem(last=False)
        if signature in self._seen:
            return False
        self._seen[signature] = now
        return True


def web_app(
    slack: Hooked | None,
    telegram: Webhooked | None = None,
    *,
    clock: Callable[[], datetime],
    healthy: Callable[[], bool] = lambda: True,
    slowest: float = SLOWEST,
    language: Language = "ko",
) -> Starlette:
    """The application: GET /healthz, POST to each door that has a secret to check, and the pages to
    install a door that can be installed.
    """
    from starlette.applications import Starlette
    from starlette.responses import JSONResponse, PlainTextResponse
    from starlette.routing import Route

    async def health(_: Request) -> Response:
        fine = healthy()
        return JSONResponse({"ok": fine}, status_code=200 if fine else 503)

    routes = [Route("/healthz", health)]
    if slack is not None and slack.signing_secret:
        signatures, handle = Signatures(slack.signing_secret, clock), slack.handler()

        async def events(request: Request) -> Response:
            if request.method == "GET":  # Slack looks at our certificate now and then
                return PlainTextResponse("", status_code=200 if "ssl_check" in request.query_params else 405)
            status, content_type, body = await _delivered(request, signatures, handle, slowest)
            return PlainTextResponse(body, status_code=status, media_type=content_type)

        routes.append(Route(PATH, events, methods=["GET", "POST"]))
    if slack is not None and getattr(slack, "installs", False):
        routes += web_install.routes(cast("web_install.Installable", slack), language)
    if telegram is not None and telegram.webhook_secret:
        door = telegram

        async def updates(request: Request) -> Response:
            status, content_type, body = await _updated(request, door, slowest)
            return PlainTextResponse(body, status_code=status, media_type=content_type)

        routes.append(Route(TELEGRAM_PATH, updates, methods=["POST"]))
    made = Starlette(routes=routes)
    made.router.redirect_slashes = False  # a redirect would be built from whatever Host says
    return made


async def _updated(request: Request, door: Webhooked, slowest: float) -> tuple[int, str, bytes]:
    given = request.headers.getlist(TELEGRAM_HEADER)
    secret = door.webhook_secret.encode()
    if len(given) != 1 or not hmac.compare_digest(given[0].encode("utf-8", "replace"), secret):
        return 401, "text/plain", b"invalid secret"
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        return 415, "text/plain", b"not JSON"
    body = await _received(request, slowest)
    return body if isinstance(body, tuple) else await door.webhook.deliver(body)


async def _delivered(
    request: Request, signatures: Signatures, handle: Handler, slowest: float
) -> tuple[int, str, bytes]:
    body = await _received(request, slowest)
    if isinstance(body, tuple):
        return body
    headers = {name.lower(): value for name, value in request.headers.items()}
    if not signatures.good(body, headers):
        return 401, "text/plain", b"invalid signature"
    return await handle(body, headers)


async def _received(request: Request, slowest: float) -> bytes | tuple[int, str, bytes]:
    """The body, or the refusal of one that is too slow or too large."""
    try:
        async with asyncio.timeout(slowest):
            body = await _body(request)
    except TimeoutError:
        return 408, "text/plain", b"too slow"
    return (413, "text/plain", b"too large") if body is None else body


async def _body(request: Request) -> bytes | None:
    """The body, or None as soon as it is larger than LARGEST."""
    from starlette.requests import ClientDisconnect

    found = bytearray()
    with suppress(ClientDisconnect):
        async for chunk in request.stream():
            found += chunk
            if len(found) > LARGEST:
                return None
    return bytes(found)


def _now() -> datetime:
    return datetime.now(UTC)


class WebServer:
    """The application served by uvicorn on `address` (port 0 = any free one)."""

    def __init__(
        self,
        address: tuple[str, int],
        slack: Hooked | None,
        telegram: Webhooked | None = None,
        *,
        clock: Callable[[], datetime] = _now,
        healthy: Callable[[], bool] = lambda: True,
        language: Language = "ko",
    ) -> None:
        self._address = address
        self._app = web_app(slack, telegram, clock=clock, healthy=healthy, language=language)
        self._server: Server | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Listen. OSError when the address is taken or not ours."""
        import socket

        from uvicorn import Config, Server

        class OurServer(Server):
            def capture_signals(self) -> AbstractContextManager[None]:  # type: ignore[override]
                """Signals are the process's own business; uvicorn would take them over."""
                return nullcontext()

        host, port = self._address
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((host, port))
            listener.listen(128)
        except OSError:
            listener.close()
            raise
        self._address = (host, listener.getsockname()[1])
        config = Config(
            self._app,
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            timeout_keep_alive=5,
            timeout_graceful_shutdown=5,
            limit_concurrency=200,
        )
        self._server = OurServer(config)
        self._task = asyncio.create_task(self._server.serve(sockets=[listener]))

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens, the port filled in."""
        return self._address

    async def stop(self) -> None:
        """Finish what is being answered, then let go of the port."""
        if self._server is not None and self._task is not None:
            self._server.should_exit = True
            await self._task
