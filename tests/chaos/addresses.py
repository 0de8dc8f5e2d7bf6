"""Proof 14: thousands of spellings of addresses that nobody outside may make the bot connect to: given
directly, behind a redirect, and behind a name that changes its mind. No connection is opened to any.

An audit hook sees every connection of the process. Names are answered by a table here; an address in
numbers is read by the system, as it would be for a real request.
"""

from __future__ import annotations

# ruff: noqa: E501
import asyncio
import ipaddress
import itertools
import random
import socket
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.fetch import FetchError, fetch
from bot.fetch_feeds import FeedFetcher

_FORBIDDEN_4 = (
    "127.0.0.1", "127.255.255.254", "0.0.0.0", "10.0.0.1", "10.255.0.9", "172.16.0.1", "172.31.255.254",
    "192.168.0.1", "192.168.255.1", "169.254.169.254", "100.64.0.1", "100.127.255.254", "192.0.0.8", "192.0.2.1",
    "198.18.0.1", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
)  # fmt: skip
_FORBIDDEN_6 = (
    "::1", "::", "fe80::1", "fec0::1", "fc00::1", "fd12:3456::1", "ff02::1", "2001:db8::1", "2001::1", "100::1",
    "64:ff9b:1::1", "3fff::1", "5f00::1",
)  # fmt: skip
_HOLDERS = ("::ffff:{}", "::{}", "64:ff9b::{}", "::ffff:0:{}", "fe80::5efe:{}")
_PORTS = ("", ":80", ":443", ":8080", ":22", ":6379", ":0080")
_PATHS = ("/", "/feed.xml", "")

Info = tuple[Any, Any, int, str, tuple[str, int]]


def spellings() -> Iterator[str]:
    """Addresses to refuse, each in another spelling."""
    hosts = list(dict.fromkeys(itertools.chain(_hosts_4(), _hosts_6())))
    for number, host in enumerate(hosts):
        for place in range(4):
            port = _PORTS[(number + place) % len(_PORTS)]
            scheme = ("http", "https", "HTTP", "hTTps")[place]
            user = ("", "", "news.example@", "a:b@")[(number + place) % 4]
            yield f"{scheme}://{user}{host}{port}{_PATHS[number % 3]}"


def _hosts_4() -> Iterator[str]:
    for text in _FORBIDDEN_4:
        number = int(ipaddress.IPv4Address(text))
        parts = text.split(".")
        yield from (text, f"{text}.", str(number), hex(number), f"0{number:o}", hex(number).upper())
        forms = [(part, hex(int(part)), f"0{int(part):o}", f"000{int(part):o}") for part in parts]
        yield from (".".join(each) for each in itertools.islice(itertools.product(*forms), 0, 256, 5))
        yield f"{parts[0]}.{number & 0xFFFFFF}"
        yield f"{parts[0]}.{parts[1]}.{number & 0xFFFF}"
        yield text.translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"})
        yield text.replace(".", "。")
        yield text.replace(".", "%2e")
        yield text.replace("1", "①")
        for holder in _HOLDERS:
            yield f"[{holder.format(text)}]"
            yield f"[{ipaddress.IPv6Address(holder.format(text)).exploded}]"
        six = ipaddress.IPv6Address((0x2002 << 112) | (number << 80))
        teredo = ipaddress.IPv6Address((0x20010000 << 96) | (number ^ 0xFFFFFFFF))
        yield from (f"[{six}]", f"[{teredo}]", f"[{six.exploded}]")


def _hosts_6() -> Iterator[str]:
    for text in _FORBIDDEN_6:
        address = ipaddress.IPv6Address(text)
        yield from (f"[{text}]", f"[{address.exploded}]", f"[{address.exploded.upper()}]", f"[{text}%25lo]")


NAMES = (
    "localhost",
    "LOCALHOST",
    "localhost.",
    "a.localhost",
    "loop.example",
    "mixed.example",
    "six.example",
)
_TABLE = {
    "localhost": ["127.0.0.1"],
    "a.localhost": ["::1"],
    "loop.example": ["127.0.0.1"],
    "mixed.example": ["93.184.216.34", "10.0.0.1"],
    "six.example": ["2606:2800:220:1::1", "::ffff:169.254.169.254"],
    "public.example": ["93.184.216.34"],
}


@dataclass
class Report:
    """What was seen; `wrong` names each broken promise."""

    count: int = 0
    seed: int = 0
    took: float = 0.0
    ways: Counter[str] = field(default_factory=Counter)
    keys: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        ways = ", ".join(f"{count} {way}" for way, count in self.ways.items())
        return (
            f"addresses: {self.count} spellings ({ways}), forbidden connections 0, {self.took:.0f} s, "
            f"seed {self.seed}"
            if not self.wrong
            else f"addresses: {self.count} spellings; WRONG: {'; '.join(self.wrong[:5])}"
        )


class _Connections:
    """Every connection that this process opened while it was watched."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, int]] = []
        self.watching = False
        sys.addaudithook(self._hook)

    def _hook(self, event: str, args: tuple[Any, ...]) -> None:
        if self.watching and event == "socket.connect" and isinstance(args[1], tuple):
            self.seen.append((str(args[1][0]), int(args[1][1])))


_CONNECTIONS: list[_Connections] = []


def _watch() -> _Connections:
    """The one hook of this process: a hook cannot be taken away."""
    if not _CONNECTIONS:
        _CONNECTIONS.append(_Connections())
    return _CONNECTIONS[0]


class _Names:
    """Answers for names by the table, and for what changes: first one address, then another."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()

    async def getaddrinfo(self, host: str, port: int, **_options: Any) -> list[Info]:
        name = host.lower().rstrip(".")
        self.asked[name] += 1
        if name.endswith(".turns.example"):
            found = ["93.184.216.34"] if self.asked[name] % 2 == 0 else ["127.0.0.1"]
        elif name in _TABLE:
            found = _TABLE[name]
        else:
            with suppress(UnicodeError):
                numeric = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
                return [tuple(each) for each in numeric]  # type: ignore[misc]
            raise OSError("no such name")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]


async def _answering(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, targets: list[str]) -> None:
    """Redirects /N to the Nth spelling."""
    with suppress(ConnectionError, asyncio.IncompleteReadError):
        while head := await reader.readuntil(b"\r\n\r\n"):
            number = int(head.split(b" ", 2)[1].strip(b"/"))
            location = targets[number].encode("utf-8")
            status = (b"301", b"302", b"303", b"307", b"308")[number % 5]
            writer.write(b"HTTP/1.1 %b Go\r\nLocation: %b\r\nContent-Length: 0\r\n\r\n" % (status, location))
            await writer.drain()
    writer.close()


async def _all(count: int, seed: int) -> Report:
    every = [*spellings(), *(f"http://{name}{port}/" for name in NAMES for port in _PORTS)]
    random.Random(seed).shuffle(every)
    every = every[:count]
    report, watch, names = Report(seed=seed), _watch(), _Names()
    loop = asyncio.get_running_loop()
    loop.getaddrinfo = names.getaddrinfo  # type: ignore[method-assign, assignment]
    server = await asyncio.start_server(lambda r, w: _answering(r, w, every), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    allow = frozenset({f"127.0.0.1:{port}"})
    feeds = FeedFetcher(allow=allow, at_once=16, gap=0.0, deadline=5.0)
    begun = time.monotonic()
    watch.seen.clear()
    watch.watching = True
    try:
        for url in every:
            await _refused(report, "direct", feeds.get(url), url)
        for number, url in enumerate(every):
            await _refused(report, "redirected", feeds.get(f"http://127.0.0.1:{port}/{number}"), url)
        for url in every[:: max(1, len(every) // 500)]:
            await _refused(report, "by the page door", fetch(url, allow=allow, deadline=5.0), url)
        for number in range(min(count, 200)):
            # Asked first it says 127.0.0.1, asked again a public address: what is checked has to be
            # what is connected to, so that nobody may ask twice.
            turning = f"http://n{number}.turns.example/"
            await _refused(report, "rebinding", feeds.get(turning), turning)
            if names.asked[f"n{number}.turns.example"] != 1:
                report.wrong.append(f"{turning} was looked up again after it was checked")
    finally:
        watch.watching = False
        await feeds.close()
        server.close()
        await server.wait_closed()
    report.took = time.monotonic() - begun
    strange = {address for address in watch.seen if address != ("127.0.0.1", port)}
    report.wrong += [f"a connection to {address}" for address in sorted(strange)]
    return report


_REFUSALS = {
    *("error.fetch_refused", "error.fetch_led_astray", "error.fetch_port"),
    *("error.fetch_address", "error.fetch_unknown_host"),
}


async def _refused(report: Report, way: str, asking: Any, url: str) -> None:
    report.count += 1
    report.ways[way] += 1
    try:
        await asking
    except FetchError as error:
        report.keys[error.key] += 1
        if error.key not in _REFUSALS:
            report.wrong.append(f"{way} {url[:60]}: {error.key}")
    else:
        report.wrong.append(f"{way} {url[:60]} was fetched")


def run(count: int, seed: int) -> Report:
    """So many of the spellings, each in every way."""
    return asyncio.run(_all(count, seed))


def proof(folder: Path, seed: int, until: float) -> Iterator[Report]:
    """All of them."""
    del folder, until
    report = run(10**9, seed)
    if report.count < 5_000:
        report.wrong.append(f"only {report.count}")
    yield report
