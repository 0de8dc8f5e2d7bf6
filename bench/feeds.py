"""What reading many feeds costs, beside the same loop in raw httpx and raw aiohttp, and `reader`.

`python -m bench.feeds [--quick]`: 1,000 feeds of 20 entries (some 50 kB) on 50 loopback addresses, a
server in a process of its own. First every feed is read for the first time, then again where nothing
changed (304). "+ feedparser" reads the bodies in two processes, as ours does; ours also keeps every
entry durably, with its text and its keys, and `reader` keeps them in SQLite. Wall is seconds, processor
time is that of the client and its children. Each contender runs in a process of its own, in turns, two
rounds (some 200 seconds of processor time each); the best of them stands, and the ratios are taken
within a round.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from typing import Any

HOSTS, AT_ONCE, ENTRIES = 50, 8, 20
_SAID = "메이투안이 새 배달 로봇을 시험한다 美团 测试 新的 配送 机器人 The company tries delivery robots"
_WORDS = tuple(_SAID.split())

Result = dict[str, tuple[float, float]]  # stage -> wall, processor time
Loop = Callable[[list[str]], Awaitable[Result]]


def document(number: int) -> bytes:
    """A well-formed RSS document that no other feed shares a line with."""
    items = []
    for entry in range(ENTRIES):
        text = " ".join(_WORDS[(number + entry + place) % len(_WORDS)] for place in range(180))
        items.append(
            f"<item><title>{number}-{entry} {text[:40]}</title><link>https://news.example/{number}/{entry}</link>"
            f"<guid isPermaLink='false'>{number}-{entry}</guid><description>&lt;p&gt;{text[:300]}&lt;/p&gt;"
            f"</description><content:encoded><![CDATA[<p>{text}</p><p><a href='https://news.example/'>more</a>"
            f"</p>]]></content:encoded><pubDate>Fri, {1 + entry % 27:02} Nov 2026 08:{entry:02}:00 +0800"
            "</pubDate></item>"
        )
    head = "<?xml version='1.0' encoding='utf-8'?><rss version='2.0' xmlns:content='http://purl.org/rss/1.0/modules/content/'>"
    return f"{head}<channel><title>Feed {number}</title><link>https://news.example/</link>{''.join(items)}</channel></rss>".encode()


def serve(count: int, pipe: Connection) -> None:
    """Answers GET /N with document N, 304 where its ETag is named, until it is ended."""
    bodies = [document(number) for number in range(count)]

    class Site(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport: asyncio.Transport = transport  # type: ignore[assignment]
            self.buffer = b""

        def data_received(self, data: bytes) -> None:
            self.buffer += data
            while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
                head, self.buffer = self.buffer[:end], self.buffer[end + 4 :]
                number = int(head.split(b" ", 2)[1].strip(b"/"))
                etag = b'"%d"' % number
                if b"if-none-match: " + etag in head.lower():
                    self.transport.write(b"HTTP/1.1 304 Not Modified\r\nETag: %b\r\n\r\n" % etag)
                    continue
                body = bodies[number]
                head = b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nETag: %b\r\n" % etag
                self.transport.write(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)

    async def listen() -> None:
        loop = asyncio.get_running_loop()
        first = await loop.create_server(Site, "127.0.0.1", 0)
        port = first.sockets[0].getsockname()[1]
        hosts = [f"127.0.0.{number}" for number in range(2, HOSTS + 1)]
        servers = [first, *[await loop.create_server(Site, host, port) for host in hosts]]
        pipe.send(port)
        await asyncio.gather(*(server.serve_forever() for server in servers))

    with suppress(KeyboardInterrupt):
        asyncio.run(listen())


def used() -> float:
    """Processor seconds of this process and of its children that have ended."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in both)


class Watch:
    """Wall and processor seconds since it was made."""

    def __init__(self) -> None:
        self._wall, self._used = time.perf_counter(), used()

    def read(self) -> tuple[float, float]:
        return time.perf_counter() - self._wall, used() - self._used


async def ours(urls: list[str]) -> Result:
    """The bot's own reader on a store of its own."""
    from bot.feed_pool import FeedPool
    from bot.feeds import FeedReader
    from bot.fetch_feeds import FeedFetcher
    from store.feeds import Feed
    from store.tiny_feeds import open_feeds

    now = datetime(2026, 11, 28, 12, tzinfo=UTC)
    allow = frozenset(url.split("/")[2] for url in urls)
    found: Result = {}
    with tempfile.TemporaryDirectory() as folder:
        feeds = open_feeds(Path(folder))
        feeds.add([Feed("", url, added_at=now, next_at=now) for url in urls])
        for stage in ("first", "304"):
            feeds.put([replace(feed, next_at=now) for feed in feeds.feeds()])
            watch = Watch()
            fetcher, pool = FeedFetcher(allow=allow, at_once=AT_ONCE, gap=0.0), FeedPool(2)
            await FeedReader(feeds, fetcher, pool, clock=lambda: now).read_due()
            await fetcher.close()
            await pool.close()
            found[stage] = watch.read()
        assert feeds.entry_count() == len(urls) * ENTRIES, feeds.entry_count()
        assert all(feed.fails == 0 and feed.etag for feed in feeds.feeds())
        feeds.close()
    return found


async def httpx_loop(urls: list[str]) -> Result:
    """Raw httpx with a semaphore; the ETags in a dictionary."""
    import httpx

    async with httpx.AsyncClient(trust_env=False, timeout=20) as client:

        async def get(url: str, etag: str) -> tuple[int, str, bytes]:
            answer = await client.get(url, headers={"If-None-Match": etag} if etag else {})
            return answer.status_code, answer.headers.get("etag", ""), answer.content

        return await _loop(urls, get, parse=True)


async def aiohttp_loop(urls: list[str]) -> Result:
    """Raw aiohttp, likewise; without the reading, which is the same in both."""
    import aiohttp

    async with aiohttp.ClientSession() as session:

        async def get(url: str, etag: str) -> tuple[int, str, bytes]:
            async with session.get(url, headers={"If-None-Match": etag} if etag else {}) as answer:
                return answer.status, answer.headers.get("etag", ""), await answer.read()

        return await _loop(urls, get, parse=False)


async def _loop(
    urls: list[str], get: Callable[[str, str], Awaitable[tuple[int, str, bytes]]], *, parse: bool
) -> Result:
    etags = dict.fromkeys(urls, "")
    found: Result = {}
    stages = (("fetch", 200), ("304", 304), ("first", 200))
    for stage, status in stages if parse else stages[:2]:
        slots, readers = asyncio.Semaphore(AT_ONCE), ProcessPoolExecutor(2) if stage == "first" else None

        async def one(
            url: str,
            slots: asyncio.Semaphore = slots,
            readers: ProcessPoolExecutor | None = readers,
            status: int = status,
        ) -> None:
            async with slots:
                got, etags[url], body = await get(url, etags[url] if status == 304 else "")
            assert got == status, got
            if readers is not None:
                count = await asyncio.get_running_loop().run_in_executor(readers, parsed, body)
                assert count == ENTRIES, count

        watch = Watch()
        await asyncio.gather(*map(one, urls))
        if readers is not None:
            readers.shutdown()
        found[stage] = watch.read()
    return found


def parsed(body: bytes) -> int:
    """How many entries feedparser finds."""
    import feedparser  # type: ignore[import-untyped]

    return len(feedparser.parse(body).entries)


async def reader_library(urls: list[str]) -> Result:
    """`reader` with its own threads, store and parser."""
    import feedparser_sgmllib

    sys.modules.setdefault(
        "sgmllib", feedparser_sgmllib
    )  # the same module, which reader asks for by its old name
    from reader import make_reader

    found: Result = {}
    with tempfile.TemporaryDirectory() as folder:
        library = make_reader(f"{folder}/reader.sqlite")
        for url in urls:
            library.add_feed(url)
        for stage in ("first", "304"):
            watch = Watch()
            library.update_feeds(workers=AT_ONCE, scheduled=False)
            found[stage] = watch.read()
        assert library.get_entry_counts().total == len(urls) * ENTRIES
        library.close()
    return found


CONTENDERS: dict[str, Loop] = {
    "ours": ours,
    "httpx": httpx_loop,
    "aiohttp": aiohttp_loop,
    "reader": reader_library,
}


def contend(name: str, urls: list[str], pipe: Connection) -> None:
    """One contender, in this process."""
    loop: Any = CONTENDERS[name]
    pipe.send(asyncio.run(loop(urls)))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.feeds")
    parser.add_argument("--quick", action="store_true", help="200 feeds, one round")
    options = parser.parse_args()
    count, rounds = (200, 1) if options.quick else (1000, 2)
    context = multiprocessing.get_context("spawn")
    near, far = context.Pipe()
    site = context.Process(target=serve, args=(count, far), daemon=True)
    site.start()
    port = near.recv()
    urls = [f"http://127.0.0.{1 + number % HOSTS}:{port}/{number}" for number in range(count)]
    told: dict[str, list[Result]] = {name: [] for name in CONTENDERS}
    try:
        for _ in range(rounds):
            for name in CONTENDERS:
                mine, theirs = context.Pipe()
                process = context.Process(target=contend, args=(name, urls, theirs))
                begun = time.perf_counter()
                process.start()
                theirs.close()
                try:
                    told[name].append(mine.recv())
                except EOFError:
                    print(f"{name} failed", file=sys.stderr)
                    return 1
                finally:
                    process.join()
                print(f"{name}: {time.perf_counter() - begun:.0f} s", file=sys.stderr)
    finally:
        site.terminate()
        site.join()
    _print(told, count, rounds)
    return 0


def _print(told: dict[str, list[Result]], count: int, rounds: int) -> None:
    print(f"{count} feeds, {len(document(0)) / 1000:.0f} kB and {ENTRIES} entries each; {rounds} rounds")
    print(f"{'':26}{'wall s':>9}{'cpu s':>9}{'cpu ms/feed':>13}{'ours / this: wall':>19}{'cpu':>7}")
    rows = [
        ("304", "ours", "ours"),
        ("304", "httpx", "raw httpx"),
        ("304", "aiohttp", "raw aiohttp"),
        ("304", "reader", "reader"),
        ("first", "ours", "ours"),
        ("first", "httpx", "raw httpx + feedparser"),
        ("first", "reader", "reader"),
    ]
    for stage, name, label in rows:
        wall, cpu = (min(result[stage][place] for result in told[name]) for place in (0, 1))
        ratios = [
            median(
                mine[stage][place] / other[stage][place]
                for mine, other in zip(told["ours"], told[name], strict=True)
            )
            for place in (0, 1)
        ]
        beside = "" if name == "ours" else f"{ratios[0]:19.2f}{ratios[1]:7.2f}"
        print(f"{stage:6}{label:20}{wall:9.2f}{cpu:9.2f}{cpu / count * 1000:13.2f}{beside}")


if __name__ == "__main__":
    sys.exit(main())
