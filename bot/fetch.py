"""Fetching an address that a person or a feed named, without trusting it.

Whoever names the address may be a stranger, so only public addresses are reached, every hop is
checked, and size and time are bounded. The connection goes to the very address that was checked.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import socket
import zlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from handlers.errors import Refusal

if TYPE_CHECKING:
    import httpx

MAX_REDIRECTS = 5
PORTS = frozenset({80, 443, 8080, 8443})
USER_AGENT = "jianbao (newsletter reader)"

# ipaddress.is_global calls 64:ff9b::7f00:1, 2002:7f00:1::, fec0::1 and 224.0.0.1 global, so the
# lists are ours: what IANA's special-purpose registries do not route (2024).
_NOT_PUBLIC_4 = tuple(
    ipaddress.IPv4Network(network)
    for network in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24",
        "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4",
    )
)  # fmt: skip
_PUBLIC_6 = ipaddress.IPv6Network("2000::/3")
_NOT_PUBLIC_6 = tuple(
    ipaddress.IPv6Network(network)
    for network in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")
)
_FORBIDS = frozenset({401, 402, 403, 407, 451})
REDIRECTS = frozenset({301, 302, 303, 307, 308})


class FetchError(Refusal):
    """An address that was not fetched; the words key is error.fetch_*."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What stood at an address: decoded bytes, the Content-Type header, the address after redirects."""

    data: bytes
    content_type: str
    url: str


async def fetch(
    url: str, *, allow: frozenset[str] = frozenset(), limit: int = 5_000_000, deadline: float = 20.0
) -> Fetched:
    """The bytes at an http(s) address.

    `allow` names host:port pairs that may be reached although they are not public; `limit` bounds
    the bytes received and the bytes after decompression; `deadline` bounds the whole, in seconds.
    Raises FetchError.
    """
    import httpx

    for name in ("httpx", "httpcore"):  # both log whole addresses, and an address may hold a secret
        logging.getLogger(name).setLevel(logging.WARNING)
    try:
        async with asyncio.timeout(deadline), httpx.AsyncClient(trust_env=False, timeout=deadline) as client:
            return await _follow(client, url.strip(), allow, limit)
    except TimeoutError as error:
        raise FetchError("error.fetch_timeout", url=shown(url), seconds=f"{deadline:g}") from error
    except httpx.TimeoutException as error:
        raise FetchError("error.fetch_timeout", url=shown(url), seconds=f"{deadline:g}") from error
    except httpx.HTTPError as error:
        raise FetchError("error.fetch_unreachable", url=shown(url), detail=detail(error)) from error


def answered_with(status: int, url: str) -> FetchError:
    """What an HTTP status that brings nothing comes to, in words of its own for each cause."""
    key = "error.fetch_status"
    if status in _FORBIDS:
        key = "error.fetch_forbidden"
    elif status == 429 or status >= 500:
        key = "error.fetch_busy"
    return FetchError(key, url=shown(url), status=status)


def shown(url: str) -> str:
    """An address for messages: without user, password, query and fragment, cut at 200 characters."""
    bare = url.strip().split("#", 1)[0].split("?", 1)[0]
    scheme, mark, rest = bare.partition("://")
    host, slash, path = (rest if mark else scheme).partition("/")
    text = f"{scheme}://{host.rpartition('@')[2]}{slash}{path}" if mark else bare
    return "".join(sign for sign in text if sign.isprintable())[:200]


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the open internet."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv4Address):
        return not any(ip in network for network in _NOT_PUBLIC_4)
    return ip.scope_id is None and ip in _PUBLIC_6 and not any(ip in network for network in _NOT_PUBLIC_6)


async def _follow(client: httpx.AsyncClient, url: str, allow: frozenset[str], limit: int) -> Fetched:
    address = parsed(url)
    for hop in range(MAX_REDIRECTS + 1):
        try:
            target = await checked(address, allow)
        except FetchError as error:
            raise led_there(error, url, hop) from error
        response = await _ask(client, address, target)
        try:
            if response.status_code in REDIRECTS and "location" in response.headers:
                address = parsed(joined(address, response.headers["location"]))
                continue
            if response.status_code != 200:
                raise answered_with(response.status_code, str(address))
            data = await bounded(response.headers, response.aiter_raw(), shown(str(address)), limit)
            return Fetched(data, response.headers.get("content-type", ""), str(address))
        finally:
            await response.aclose()
    raise FetchError("error.fetch_redirects", url=shown(url), limit=MAX_REDIRECTS)


def parsed(url: str) -> httpx.URL:
    """The address of an http(s) resource. Raises FetchError for anything else, and for user:password@."""
    import httpx

    try:
        address = httpx.URL(url)
    except (httpx.InvalidURL, ValueError) as error:
        raise FetchError("error.fetch_address", url=shown(url)) from error
    if address.scheme not in ("http", "https") or not address.host or address.userinfo:
        raise FetchError("error.fetch_address", url=shown(url))
    return address


def led_there(error: FetchError, url: str, hop: int) -> FetchError:
    """The error; an address that is not public, and was led to from `url`, is said so."""
    if hop and error.key == "error.fetch_refused":
        return FetchError("error.fetch_led_astray", url=shown(url), host=error.words["host"])
    return error


def joined(address: httpx.URL, location: str) -> str:
    """Where a redirect leads. Raises FetchError."""
    import httpx

    try:
        return str(address.join(location))
    except (httpx.InvalidURL, ValueError) as error:
        raise FetchError("error.fetch_address", url=shown(location)) from error


async def checked(address: httpx.URL, allow: frozenset[str]) -> list[str]:
    """The IP addresses of a host, all of them checked. One that is not public refuses the host.

    Raises FetchError.
    """
    host = address.raw_host.decode("ascii")
    port = address.port or (443 if address.scheme == "https" else 80)
    return await resolved(host, port, allow, shown(str(address)))


async def resolved(host: str, port: int, allow: frozenset[str], url: str) -> list[str]:
    """The IP addresses of host and port, all of them checked; `url` is what messages call them.

    Raises FetchError.
    """
    let_through = f"{host}:{port}" in allow or f"[{host}]:{port}" in allow
    if port not in PORTS and not let_through:
        raise FetchError("error.fetch_port", url=url, port=port)
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise FetchError("error.fetch_unknown_host", host=host) from error
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not let_through and not all(is_public(each) for each in addresses):
        raise FetchError("error.fetch_refused", url=url, host=host)
    if not addresses:
        raise FetchError("error.fetch_unknown_host", host=host)
    return addresses


async def _ask(client: httpx.AsyncClient, address: httpx.URL, targets: list[str]) -> httpx.Response:
    """Send the request to the first checked address that takes a connection."""
    import httpx

    host = address.raw_host.decode("ascii")
    headers = {
        "Host": address.netloc.decode("ascii"),
        "User-Agent": USER_AGENT,
        "Accept": "text/html, text/plain, application/xhtml+xml, application/xml;q=0.9, */*;q=0.5",
        "Accept-Encoding": "gzip, identity",
    }
    for target in targets[:-1]:
        try:
            return await _send(client, address, target, headers, host)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            continue
    return await _send(client, address, targets[-1], headers, host)


async def _send(
    client: httpx.AsyncClient, address: httpx.URL, target: str, headers: dict[str, str], host: str
) -> httpx.Response:
    request = client.build_request(
        "GET", address.copy_with(host=target), headers=headers, extensions={"sni_hostname": host}
    )
    client.cookies.clear()
    return await client.send(request, stream=True, follow_redirects=False)


async def bounded(headers: Mapping[str, str], pieces: AsyncIterator[bytes], url: str, limit: int) -> bytes:
    """A body as sent, decompressed a piece at a time so that a bomb stops at the limit.

    `headers` are by small names, `url` is for messages. Raises FetchError.
    """
    too_large = FetchError("error.fetch_too_large", url=url, limit=f"{limit / 1_000_000:g}")
    coding = headers.get("content-encoding", "identity").strip().lower()
    if coding not in ("", "identity", "gzip", "x-gzip"):
        raise FetchError("error.fetch_coding", url=url, coding=coding[:40])
    length = headers.get("content-length", "")
    if length.isdecimal() and int(length[:20]) > limit:
        raise too_large
    unpack = Gunzip() if coding.endswith("gzip") else None
    received, kept = 0, bytearray()
    async for piece in pieces:
        received += len(piece)
        if received > limit:
            raise too_large
        try:
            kept += unpack.feed(piece, limit + 1 - len(kept)) if unpack else piece
        except zlib.error as error:
            raise FetchError("error.fetch_coding", url=url, coding=coding) from error
        if len(kept) > limit:
            raise too_large
    if unpack and not unpack.done:
        raise FetchError("error.fetch_coding", url=url, coding=coding)
    return bytes(kept)


class Gunzip:
    """Gzip, member after member, never more than asked for at once."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(16 + zlib.MAX_WBITS)
        self.done = True

    def feed(self, piece: bytes, room: int) -> bytes:
        """At most `room` bytes of what `piece` holds; what is beyond is lost, the caller gives up then."""
        out = bytearray()
        while piece and len(out) < room:
            if self._member.eof:
                self._member = zlib.decompressobj(16 + zlib.MAX_WBITS)
            out += self._member.decompress(piece, room - len(out))
            piece = self._member.unused_data if self._member.eof else self._member.unconsumed_tail
        self.done = self._member.eof
        return bytes(out)


def detail(error: Exception) -> str:
    """The library's own words, which name neither address nor headers, cut short."""
    return (str(error) or type(error).__name__)[:120]
