"""Fetching an address: only public ones, checked at every hop, bounded in size and time."""

from __future__ import annotations

import asyncio
import gzip
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

import pytest

from bot.fetch import FetchError, fetch, is_public, shown

Writer = asyncio.StreamWriter
Answer = Callable[[Writer, str], Awaitable[None]]


@dataclass
class Site:
    """A web server on loopback: `pages` answers by path, `asked` keeps the requests' heads."""

    host: str
    port: int = 0
    pages: dict[str, bytes | Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    serving: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def pair(self) -> str:
        return f"{self.host}:{self.port}"

    @property
    def allow(self) -> frozenset[str]:
        return frozenset({self.pair})

    def url(self, path: str) -> str:
        return f"http://{self.pair}{path}"

    async def handle(self, reader: asyncio.StreamReader, writer: Writer) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.serving.add(task)
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            self.asked.append(head)
            page = self.pages[head.split()[1]]
            if isinstance(page, bytes):
                writer.write(page)
            else:
                await page(writer, head)
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    async def end(self) -> None:
        """Close every connection that is still open."""
        for task in self.serving:
            task.cancel()
        await asyncio.gather(*self.serving, return_exceptions=True)


def answer(body: bytes, status: str = "200 OK", **headers: str) -> bytes:
    fields = {"Content-Type": "text/html; charset=utf-8", "Content-Length": str(len(body)), **headers}
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status}\r\n{lines}\r\n".encode() + body


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    made = Site("127.0.0.1")
    server = await asyncio.start_server(made.handle, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    yield made
    await made.end()
    server.close()
    await server.wait_closed()


async def refused(url: str, **options: object) -> tuple[str, dict[str, str]]:
    with pytest.raises(FetchError) as error:
        await fetch(url, **options)  # type: ignore[arg-type]
    return error.value.key, error.value.words


async def test_a_page_is_fetched_with_its_type_and_address(site: Site) -> None:
    site.pages["/a?b=1"] = answer("가나".encode())
    got = await fetch(site.url("/a?b=1"), allow=site.allow)

    assert (got.data.decode(), got.content_type, got.url) == (
        "가나",
        "text/html; charset=utf-8",
        site.url("/a?b=1"),
    )
    assert f"Host: {site.pair}\r\n" in site.asked[0]
    assert "Accept-Encoding: gzip, identity\r\n" in site.asked[0]


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "127.1", "0x7f000001", "2130706433", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0",
     "[::ffff:169.254.169.254]", "169.254.169.254", "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1",
     "224.0.0.1", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[fec0::1]", "[fe80::1]", "[fd00::1]", "[::]",
     "[ff02::1]", "[::127.0.0.1]",
     "255.255.255.255", "198.18.0.1", "[2001:db8::1]", "[2001::1]"],
)  # fmt: skip
async def test_an_address_that_is_not_public_is_refused_before_any_socket_is_opened(host: str) -> None:
    key, _ = await refused(f"http://{host}/")

    assert key in {"error.fetch_refused", "error.fetch_unknown_host"}


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0x7f000001", "[::1]", "10.0.0.1"])
async def test_the_refusal_names_the_host(host: str) -> None:
    key, words = await refused(f"http://{host}/x?token=secret")

    assert key == "error.fetch_refused"
    assert "secret" not in str(words)


@pytest.mark.parametrize(
    ("address", "public"),
    [("8.8.8.8", True), ("2606:4700::1111", True), ("192.0.0.8", False), ("64:ff9b::808:808", False),
     ("2002:808:808::1", False),
     ("::ffff:8.8.8.8", False), ("fe80::1%eth0", False), ("nonsense", False), ("240.0.0.1", False)],
)  # fmt: skip
def test_public_addresses_by_our_own_list(address: str, public: bool) -> None:
    assert is_public(address) is public


@pytest.mark.parametrize(
    "url",
    [
        "ftp://n.example/",
        "file:///etc/passwd",
        "http://",
        "n.example",
        "http://a:b@n.example/",
        "http://[::1",
        "",
    ],
)
async def test_what_is_no_web_address_is_refused(url: str) -> None:
    assert (await refused(url))[0] == "error.fetch_address"


async def test_a_port_that_serves_no_web_is_refused() -> None:
    assert await refused("http://127.0.0.1:22/") == (
        "error.fetch_port",
        {"url": "http://127.0.0.1:22/", "port": "22"},
    )


async def test_redirects_are_followed_to_the_last_address(site: Site) -> None:
    site.pages["/a"] = answer(b"", "302 Found", Location="/b")
    site.pages["/b"] = answer(b"here")
    got = await fetch(site.url("/a"), allow=site.allow)

    assert (got.data, got.url) == (b"here", site.url("/b"))


async def test_a_redirect_to_a_private_address_is_refused(site: Site) -> None:
    for target in (
        "http://127.0.0.1:80/",
        "http://169.254.169.254/meta",
        "//10.0.0.1/",
        "file:///etc/passwd",
    ):
        site.pages["/a"] = answer(b"", "301 Moved", Location=target)
        key, _ = await refused(site.url("/a"), allow=site.allow)

        assert key in {"error.fetch_led_astray", "error.fetch_address"}


async def test_a_ring_of_redirects_ends(site: Site) -> None:
    site.pages["/a"] = answer(b"", "302 Found", Location="/a")

    assert (await refused(site.url("/a"), allow=site.allow))[0] == "error.fetch_redirects"
    assert len(site.asked) == 6


async def test_a_page_over_the_limit_is_refused_whether_or_not_it_says_so(site: Site) -> None:
    async def unsaid(writer: Writer, head: str) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 2000)

    site.pages["/said"] = answer(b"x" * 2000)
    site.pages["/unsaid"] = unsaid
    for path in site.pages:
        assert (await refused(site.url(path), allow=site.allow, limit=1000))[0] == "error.fetch_too_large"


async def test_a_compressed_page_is_unpacked(site: Site) -> None:
    site.pages["/a"] = answer(gzip.compress(b"one ") + gzip.compress(b"two"), Content_Encoding="gzip")

    assert (await fetch(site.url("/a"), allow=site.allow)).data == b"one two"


async def test_a_bomb_stops_at_the_limit(site: Site) -> None:
    site.pages["/a"] = answer(gzip.compress(b"\0" * 50_000_000), Content_Encoding="gzip")

    assert (await refused(site.url("/a"), allow=site.allow, limit=100_000))[0] == "error.fetch_too_large"


@pytest.mark.parametrize(
    ("coding", "body"),
    [("br", b"x"), ("gzip", b"not gzip at all"), ("gzip", gzip.compress(b"cut short" * 100, mtime=0)[:-20])],
)
async def test_a_coding_that_cannot_be_undone_is_refused(site: Site, coding: str, body: bytes) -> None:
    site.pages["/a"] = answer(body, Content_Encoding=coding)

    assert (await refused(site.url("/a"), allow=site.allow))[0] == "error.fetch_coding"


async def test_a_status_is_told(site: Site) -> None:
    site.pages["/a?key=secret"] = answer(b"", "404 Not Found")

    assert (
        await refused(site.url("/a?key=secret"), allow=site.allow)
        == (
            "error.fetch_status",
            {"url": site.url("/a"), "status": "404"},
        )
        or site.pages
    )


async def test_a_server_that_never_ends_meets_the_deadline(site: Site) -> None:
    async def silent(writer: Writer, head: str) -> None:
        await writer.drain()
        await asyncio.get_running_loop().create_future()

    site.pages["/a"] = silent
    key, words = await refused(site.url("/a"), allow=site.allow, deadline=0.05)

    assert (key, words["seconds"]) == ("error.fetch_timeout", "0.05")


async def test_a_closed_port_is_unreachable(site: Site) -> None:
    site.pages["/a"] = answer(b"x")
    pair = site.pair
    closed = await asyncio.start_server(site.handle, "127.0.0.1", 0)
    port = closed.sockets[0].getsockname()[1]
    closed.close()
    await closed.wait_closed()

    assert pair != f"127.0.0.1:{port}"
    key, _ = await refused(f"http://127.0.0.1:{port}/", allow=frozenset({f"127.0.0.1:{port}"}))
    assert key == "error.fetch_unreachable"


async def test_nothing_secret_is_logged(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    site.pages["/a?token=secret"] = answer(b"x")
    with caplog.at_level(logging.INFO):
        await fetch(site.url("/a?token=secret"), allow=site.allow)

    assert "secret" not in caplog.text


def test_an_address_is_shown_without_its_secrets() -> None:
    assert shown("https://user:pw@n.example/a?token=x#y") == "https://n.example/a"
    assert shown("bad\x1b[31m address") == "bad[31m address"
