"""Asking many sources politely: pooled connections, conditional requests, one at a time a host.

httpx's own engine (httpcore) is used without its client: the address that was checked is the one
that is connected to, under the host's own name, so that a pooled connection stays true to both.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import httpcore

from bot.fetch import (
    MAX_REDIRECTS,
    REDIRECTS,
    FetchError,
    bounded,
    detail,
    joined,
    led_there,
    parsed,
    resolved,
    shown,
)

if TYPE_CHECKING:
    import httpx

LIMIT = 5_000_000
_USER_AGENT = b"jianbao (feed reader)"
_ACCEPT = (
    b"application/rss+xml, application/atom+xml, application/feed+json, application/rdf+xml;q=0.9, "
    b"application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5"
)
_PERMANENT = frozenset({301, 308})
_MAX_AGE = re.compile(r"(?:^|[,\s])max-age=\"?(\d{1,9})", re.IGNORECASE)
_KEPT = 500  # characters of an ETag; a longer one is not sent back


@dataclass(frozen=True, slots=True)
class FeedAnswer:
    """What a source answered: `status` 200 with a body, 304 without, or another one as it came.

    `url` is where the answer came from, `moved_to` the same if only permanent redirects led there.
    `retry_after` and `max_age` are in seconds, 0 = not said.
    """

    status: int
    url: str
    data: bytes = b""
    content_type: str = ""
    etag: str = ""
    modified: str = ""
    moved_to: str = ""
    max_age: int = 0
    retry_after: int = 0


class FeedFetcher:
    """Fetches feeds: at most `at_once` at a time, a host one at a time with `gap` seconds between.

    `deadline` bounds one answer from the first name look-up to the last byte, in seconds, without
    the waits for others; `allow` as in bot.fetch.
    """

    def __init__(
        self,
        *,
        allow: frozenset[str] = frozenset(),
        at_once: int = 8,
        gap: float = 2.0,
        deadline: float = 20.0,
        limit: int = LIMIT,
    ) -> None:
        logging.getLogger("httpcore").setLevel(logging.WARNING)  # it logs whole addresses
        self._allow, self._deadline, self._limit, self._gap = allow, deadline, limit, gap
        self._slots = asyncio.Semaphore(at_once)
        self._hosts: dict[str, _Host] = {}
        self._pool = httpcore.AsyncConnectionPool(
            max_connections=at_once,
            max_keepalive_connections=at_once,
            keepalive_expiry=30.0,
            network_backend=_Guard(allow),
        )

    async def get(self, url: str, *, etag: str = "", modified: str = "") -> FeedAnswer:
        """Ask for what is at an address, if it changed. Raises FetchError."""
        conditions = _conditions(etag, modified)
        address, permanent, left = parsed(url), True, self._deadline
        for hop in range(MAX_REDIRECTS + 1):
            try:
                async with self._turn(address.host), _within(left) as watch:
                    answer, location = await self._ask(address, conditions, permanent=permanent and hop > 0)
                left = watch.left
            except (TimeoutError, httpcore.TimeoutException) as error:
                raise FetchError(
                    "error.fetch_timeout", url=shown(url), seconds=f"{self._deadline:g}"
                ) from error
            except FetchError as error:
                raise led_there(_at(error, str(address)), url, hop) from error
            except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
                raise FetchError("error.fetch_unreachable", url=shown(url), detail=detail(error)) from error
            if location is None:
                return answer
            permanent = permanent and answer.status in _PERMANENT
            address = parsed(joined(address, location))
        raise FetchError("error.fetch_redirects", url=shown(url), limit=MAX_REDIRECTS)

    async def close(self) -> None:
        await self._pool.aclose()

    @asynccontextmanager
    async def _turn(self, host: str) -> AsyncIterator[None]:
        """This host's turn, then one of ours: who waits for a host keeps no slot from the others."""
        mine = self._hosts.setdefault(host, _Host())
        mine.users += 1
        loop = asyncio.get_running_loop()
        try:
            async with mine.lock:
                if self._gap and (wait := mine.free_at - loop.time()) > 0:
                    await asyncio.sleep(wait)
                async with self._slots:
                    try:
                        yield
                    finally:
                        mine.free_at = loop.time() + self._gap
        finally:
            mine.users -= 1
            if not mine.users and (not self._gap or len(self._hosts) > 5_000):
                self._hosts.pop(host, None)

    async def _ask(
        self, address: httpx.URL, conditions: list[tuple[bytes, bytes]], *, permanent: bool
    ) -> tuple[FeedAnswer, str | None]:
        """One request; the answer, and where a redirect leads."""
        async with self._pool.stream(
            b"GET",
            httpcore.URL(
                scheme=address.raw_scheme, host=address.raw_host, port=address.port, target=address.raw_path
            ),
            headers=[(b"Host", address.netloc), *_HEADERS, *conditions],
            extensions={"timeout": {"connect": 10.0, "read": self._deadline, "pool": self._deadline}},
        ) as response:
            headers = _small(response.headers)
            location = headers.get("location") if response.status in REDIRECTS else None
            data = b""
            if response.status == 200:
                data = await bounded(headers, response.aiter_stream(), shown(str(address)), self._limit)
        return _answer(response.status, str(address), headers, data, permanent=permanent), location


def _at(error: FetchError, url: str) -> FetchError:
    """The error with the whole address: who connects knows the host alone."""
    return FetchError(error.key, **{**error.words, "url": shown(url)}) if "url" in error.words else error


@dataclass(slots=True)
class _Watch:
    """How many seconds are left."""

    left: float


@asynccontextmanager
async def _within(seconds: float) -> AsyncIterator[_Watch]:
    """At most so long. Raises TimeoutError."""
    loop, watch = asyncio.get_running_loop(), _Watch(seconds)
    begin = loop.time()
    async with asyncio.timeout(seconds):
        yield watch
    watch.left = seconds - (loop.time() - begin)


@dataclass(slots=True)
class _Host:
    """A server's turn: when the next request to it may begin, in the event loop's time."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    free_at: float = 0.0
    users: int = 0


class _Guard(httpcore.AsyncNetworkBackend):
    """Connects only to addresses that were checked, all of a host's."""

    def __init__(self, allow: frozenset[str]) -> None:
        self._allow = allow
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's own signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """As httpcore's. Raises FetchError where an address of the host is not public."""
        targets = await resolved(host, port, self._allow, host)
        for target in targets[:-1]:
            try:
                return await self._inner.connect_tcp(target, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._inner.connect_tcp(targets[-1], port, timeout, local_address, socket_options)

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)


_HEADERS = [
    (b"User-Agent", _USER_AGENT),
    (b"Accept", _ACCEPT),
    (b"Accept-Encoding", b"gzip, identity"),
]


def _conditions(etag: str, modified: str) -> list[tuple[bytes, bytes]]:
    """If-None-Match and If-Modified-Since, in the source's own words."""
    asked = ((b"If-None-Match", etag), (b"If-Modified-Since", modified))
    return [(name, value.encode("latin-1")) for name, value in asked if value]


def _small(headers: list[tuple[bytes, bytes]]) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in headers}


def _answer(status: int, url: str, headers: dict[str, str], data: bytes, *, permanent: bool) -> FeedAnswer:
    return FeedAnswer(
        status,
        url,
        data,
        headers.get("content-type", "")[:_KEPT],
        _word(headers.get("etag", "")),
        _word(headers.get("last-modified", "")),
        url if permanent else "",
        _max_age(headers.get("cache-control", "")),
        _seconds(headers.get("retry-after", ""), lambda: datetime.now(UTC)),
    )


def _word(text: str) -> str:
    return text if len(text) <= _KEPT and text.isprintable() else ""


def _max_age(control: str) -> int:
    found = _MAX_AGE.search(control)
    return int(found[1]) if found and "no-cache" not in control and "no-store" not in control else 0


def _seconds(text: str, now: Callable[[], datetime]) -> int:
    """Retry-After: seconds, or a date."""
    text = text.strip()
    if text.isdecimal():
        return int(text[:9])
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return 0
    return max(0, int((at.replace(tzinfo=at.tzinfo or UTC) - now()).total_seconds()))
