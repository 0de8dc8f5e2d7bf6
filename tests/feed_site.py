"""A web server on loopback that serves feeds as a test tells it, and remembers what it was asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

Page = bytes | Callable[[dict[str, str]], bytes]


def answer(body: bytes = b"", status: str = "200 OK", **headers: str) -> bytes:
    fields = {"Content-Length": str(len(body)), **headers}
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status}\r\n{lines}\r\n".encode("latin-1") + body


def rss(*titles: str, head: str = "") -> bytes:
    """A feed whose entries have these titles."""
    items = "".join(
        f"<item><title>{title}</title><link>https://news.example/{title}</link><description>글 {title}"
        "</description></item>"
        for title in titles
    )
    return f"<rss version='2.0'><channel><title>소식</title>{head}{items}</channel></rss>".encode()


@dataclass
class FeedSite:
    """`pages` answers by path, `asked` keeps each request's path and headers (small names)."""

    port: int = 0
    pages: dict[str, Page] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    connections: int = 0
    at_once: int = 0
    most: int = 0
    pause: float = 0.0
    serving: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def allow(self) -> frozenset[str]:
        return frozenset({f"127.0.0.1:{self.port}", f"localhost:{self.port}"})

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self.serving.add(task)
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                path = head[0].split()[1]
                headers = dict(line.lower().split(": ", 1) for line in head[1:] if ": " in line)
                self.asked.append((path, headers))
                self.at_once += 1
                self.most = max(self.most, self.at_once)
                await asyncio.sleep(self.pause)
                self.at_once -= 1
                page = self.pages.get(path, answer(status="404 Not Found"))
                writer.write(page if isinstance(page, bytes) else page(headers))
                await writer.drain()
        writer.close()


@asynccontextmanager
async def feed_site() -> AsyncIterator[FeedSite]:
    """A site that is open inside the block."""
    site = FeedSite()
    server = await asyncio.start_server(site.handle, "127.0.0.1", 0)
    site.port = server.sockets[0].getsockname()[1]
    try:
        yield site
    finally:
        server.close()
        for task in site.serving:
            task.cancel()
        await asyncio.gather(*site.serving, return_exceptions=True)
        await server.wait_closed()
