"""HTTP under python-telegram-bot: its BaseRequest on aiohttp, watched.

Measured (bench/transport.py): the library's own client takes about three times the processor time
a message and gives way above 32 requests in flight; this one does not.

There is no idempotency key and no way to look a message up, so the one question that matters is
whether a request can have reached the platform whole. Here it is answered where the bytes are
written: a request whose last byte was never handed to the connection was not accepted.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, cast, final
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import orjson
from telegram._utils.defaultvalue import DefaultValue
from telegram.error import NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData

if TYPE_CHECKING:
    from ssl import SSLContext

    from aiohttp import ClientResponse, ClientSession, ClientTimeout
    from aiohttp.payload import Payload

ANSWER = 16 << 20  # bytes of an answer that are read
FILE = 5 << 20  # bytes of a file that we fetch
AT_ONCE = 384  # connections: as many as the sender ever has in flight (handlers/heads.py)

_CONNECT, _WRITE = 10.0, 20.0
_IDLE = 15.0  # seconds that a connection is kept: shorter than any server keeps it
_PIECE = 1 << 16
_SECRET = re.compile(r"/bot[^/:]*:([^/]+)")


@dataclass(slots=True)
class Progress:
    """How far one request came: its body written whole, an answer begun. `went` is called when a
    connection is there and the first byte is next; when it raises, nothing is written.
    """

    written: bool = False
    answered: bool = False
    went: Callable[[], None] | None = None


_watched: ContextVar[Progress | None] = ContextVar("_watched", default=None)


@contextmanager
def watching(progress: Progress) -> Iterator[None]:
    """Requests made inside this block, by this task, are written down in `progress`."""
    token = _watched.set(progress)
    try:
        yield
    finally:
        _watched.reset(token)


@dataclass(frozen=True, slots=True)
class Json:
    """Parameters that are JSON already, in the place of the library's RequestData: it hands them on
    unopened.
    """

    body: bytes


@final
class Transport(BaseRequest):
    """One pool of connections. Makes each request once: no retry, no redirect.

    `pool` is how many requests may be in the air; one more waits for `connect_timeout` and is then
    given up unsent. Errors and answers that reach the caller do not hold the token.
    """

    def __init__(
        self,
        *,
        read_timeout: float = 20.0,
        connect_timeout: float = _CONNECT,
        write_timeout: float = _WRITE,
        pool: int = AT_ONCE,
    ) -> None:
        self._read_timeout, self._connect_timeout = read_timeout, connect_timeout
        self._write_timeout = write_timeout
        self._pool = pool
        self._session: ClientSession | None = None

    @property
    def read_timeout(self) -> float:
        return self._read_timeout

    async def initialize(self) -> None:
        if self._session is None:
            self._session = _session(self._pool)

    async def shutdown(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def do_request(  # noqa: PLR0917 - the library's own signature
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """Status and body. NetworkError or TimedOut, without the library's own words: those of
        aiohttp name the address, and the address holds the token.
        """
        del pool_timeout  # waiting for a connection is a part of connecting
        limits = _limits(
            _or(connect_timeout, self._connect_timeout),
            _or(write_timeout, self._write_timeout),
            _or(read_timeout, self._read_timeout),
        )
        progress = _watched.get() or Progress()
        try:
            status, body = await self._exchange(url, method, request_data, limits, progress)
        except TelegramError:
            raise
        except TimeoutError as error:
            raise TimedOut(f"Timed out ({type(error).__name__})") from None
        except Exception as error:  # noqa: BLE001 - all that a network does; judged by `progress`
            raise NetworkError(f"{type(error).__name__}{_said(error)}") from None
        return status, _without_token(body, url) if status != 200 or body[:1] != b"{" else body

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """The library's, without a log line and a traceback for every page of a proxy's."""
        try:
            found = json.loads(payload.decode("utf-8", "replace"))
        except (ValueError, RecursionError):
            raise TelegramError("Invalid server response") from None
        if not isinstance(found, dict):
            raise TelegramError("Invalid server response")
        return found

    async def _exchange(
        self,
        url: str,
        method: str,
        data: RequestData | Json | None,
        limits: ClientTimeout,
        progress: Progress,
    ) -> tuple[int, bytes]:
        await self.initialize()
        assert self._session is not None
        body, content_type = await _encoded(data)
        async with self._session.request(
            method,
            url,
            data=_payload(body, content_type, progress) if method != "GET" else None,
            timeout=limits,
            allow_redirects=False,
            proxy=_proxy(url),
            ssl=_trust() if url.startswith("https:") else True,
        ) as answer:
            progress.answered = True
            return answer.status, await _read(answer, FILE if "/file/" in url else ANSWER)


async def post_json(request: BaseRequest, url: str, body: bytes) -> Any:
    """The library's post() and its judgement of the answer, without its objects on the way: what the
    answer's "result" is.
    """
    return await request.post(url, cast("RequestData", Json(body)))


def _or(given: Any, usual: float) -> float | None:
    """A timeout as the library hands it over: its own default, None for none, or seconds."""
    return usual if isinstance(given, DefaultValue) else given


@cache
def _limits(connect: float | None, write: float | None, read: float | None) -> ClientTimeout:
    from aiohttp import ClientTimeout

    whole = None if None in (connect, write, read) else (connect or 0) + (write or 0) + (read or 0)
    return ClientTimeout(total=whole, connect=connect, sock_connect=connect, sock_read=read)


def _session(pool: int) -> ClientSession:
    from aiohttp import ClientSession, DummyCookieJar, TCPConnector

    return ClientSession(
        connector=TCPConnector(limit=pool, keepalive_timeout=_IDLE, ttl_dns_cache=60),
        cookie_jar=DummyCookieJar(),
        headers={"User-Agent": "jianbao", "Accept-Encoding": "identity"},
    )


@cache
def _trust() -> SSLContext:
    """Whom to believe over TLS: httpx's roots, or those that SSL_CERT_FILE names."""
    import httpx

    return httpx.create_ssl_context()


def _proxy(url: str) -> str | None:
    parts = urlsplit(url)
    return _proxy_for(parts.scheme, parts.hostname or "")


@cache
def _proxy_for(scheme: str, host: str) -> str | None:
    """The proxy that the environment names for this server; none for this machine itself."""
    if host in {"localhost", "127.0.0.1", "::1"} or proxy_bypass(host):
        return None
    known = getproxies()
    return known.get(scheme) or known.get("all")


async def _encoded(data: RequestData | Json | None) -> tuple[bytes, str]:
    """The parameters as a body and its content type: JSON, or a form where files come along."""
    if data is None:
        return b"", "application/json"
    if isinstance(data, Json):
        return data.body, "application/json"
    if not data.contains_files:
        return orjson.dumps(data.parameters), "application/json"
    from aiohttp import FormData

    form = FormData(data.json_parameters, quote_fields=False)  # names of files stay as they are
    for name, (filename, content, content_type) in data.multipart_data.items():
        form.add_field(name, content, filename=filename, content_type=content_type)
    made = form()
    return await made.as_bytes(), made.content_type


@cache
def _payload_type() -> Callable[[bytes, str, Progress], Payload]:
    from aiohttp import ClientConnectionError
    from aiohttp.abc import AbstractStreamWriter
    from aiohttp.http import StreamWriter
    from aiohttp.payload import Payload

    class Watched(Payload):
        """A body that is written in pieces and says when the last one is handed over."""

        _autoclose = True

        def __init__(self, body: bytes, content_type: str, progress: Progress) -> None:
            super().__init__(body, content_type=content_type)
            self._size = len(body)
            self._progress = progress

        def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
            text: bytes = self._value
            return text.decode(encoding, errors)

        async def write(self, writer: AbstractStreamWriter) -> None:
            body: bytes = self._value
            assert isinstance(writer, StreamWriter)
            if writer.transport is None or writer.transport.is_closing():
                raise ClientConnectionError("the connection is gone")
            if self._progress.went is not None:
                self._progress.went()
            last = max(0, (len(body) - 1) // _PIECE * _PIECE)
            for at in range(0, last, _PIECE):
                await writer.write(body[at : at + _PIECE])
                await writer.drain()
            await writer.write(body[last:], drain=False)  # no turn of the loop: whole, or it raised
            self._progress.written = True

        async def write_with_length(self, writer: AbstractStreamWriter, content_length: int | None) -> None:
            del content_length  # the header is made of our own size
            await self.write(writer)

    return Watched


def _payload(body: bytes, content_type: str, progress: Progress) -> Payload:
    return _payload_type()(body, content_type, progress)


async def _read(answer: ClientResponse, limit: int) -> bytes:
    """The body; ValueError as soon as it is larger than `limit`."""
    declared = answer.content_length
    if declared is not None and declared > limit:
        raise ValueError("the answer is too large")
    found = bytearray()
    async for piece in answer.content.iter_any():
        found += piece
        if len(found) > limit:
            raise ValueError("the answer is too large")
    return bytes(found)


def _said(error: Exception) -> str:
    """Our own words alone."""
    return f": {error}" if type(error) is ValueError else ""


def _without_token(body: bytes, url: str) -> bytes:
    """A page that is no answer of the platform's may show the address that was asked for."""
    secret = _SECRET.search(url)
    return body.replace(secret[1].encode(), b"[secret]") if secret else body
