"""Proof 13: sources made to stop the bot. Whatever they answer, each ends soon and small, the event loop
goes on, and the honest feeds beside them are all read.

The documents are made here, from a seed; the server is a process of its own.
"""

from __future__ import annotations

# ruff: noqa: E501
import asyncio
import gzip
import json
import multiprocessing
import random
import resource
import string
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice, product
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import quantiles
from typing import Any

from bot.feed_pool import SECONDS, FeedPool, _Worker
from bot.feed_worker import MEMORY
from bot.feeds import FeedReader
from bot.fetch_feeds import FeedFetcher
from handlers.feed_parsed import LIMIT, TEXT, TITLE, FeedError
from store.feeds import Entry, Feed, Feeds
from store.tiny_feeds import open_feeds

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
_ITEM = "<item><title>{title}</title><link>{link}</link><description>{text}</description>{more}</item>"
_RSS = "<?xml version='1.0' encoding='utf-8'?>{doctype}<rss version='2.0'><channel><title>t</title>{items}</channel></rss>"

OUT_OF_MEMORY = frozenset({"error.feed_memory", "error.feed_crashed"})
"""How a document ends that asks for more than a reader may have; orjson breaks down where Python refuses."""

Case = tuple[str, bytes]
"""How a server answers (see _Site.answer), and with what."""


def item(*, title: str = "t", link: str = "https://news.example/1", text: str = "x", more: str = "") -> str:
    return _ITEM.format(title=title, link=link, text=text, more=more)


def rss(items: str, doctype: str = "") -> bytes:
    return _RSS.format(items=items, doctype=doctype).encode("utf-8", "surrogatepass")


def cases(seed: int) -> dict[str, Case]:
    """Every poison by name; at least 200 of them."""
    found: dict[str, Case] = {}
    for family in (_entities, _shapes, _greedy, _texts, _dates, _links, _json, _packed, _talk, _bytes):
        found.update(family())
    found.update(_mutants(random.Random(seed)))
    return found


def _entities() -> Iterator[tuple[str, Case]]:
    for levels in (5, 8, 10, 20, 100):
        laughs = "<!ENTITY a0 'ha'>" + "".join(
            f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, levels)
        )
        bomb = rss(item(title=f"&a{levels - 1};"), f"<!DOCTYPE rss [{laughs}]>")
        yield f"laughs-{levels}", ("body", bomb)
        yield f"laughs-utf16-{levels}", ("body", bomb.decode().replace("utf-8", "utf-16").encode("utf-16"))
    for size in (1_000, 50_000, 1_000_000):
        quadratic = rss(item(title="&a;" * 10_000), f"<!DOCTYPE rss [<!ENTITY a '{'x' * size}'>]>")
        yield f"quadratic-{size}", ("body", quadratic)
    for number, what in enumerate(
        (
            "<!ENTITY x SYSTEM 'file:///etc/passwd'>",
            "<!ENTITY x PUBLIC 'a' 'http://127.0.0.1:22/'>",
            "<!ENTITY % p SYSTEM 'file:///etc/passwd'> %p;",
            "<!ENTITY % p '<!ENTITY x \"y\">'> %p;",
            "<!ENTITY x '&#60;script>'>",
            "<!ATTLIST title x CDATA 'y'>",
            "<!ELEMENT rss (channel",
            "'\"<!--",
            "[[[[",
        )
    ):
        yield f"doctype-{number}", ("body", rss(item(title="&x;"), f"<!DOCTYPE rss [{what}]>"))
    yield "doctype-endless", ("body", b"<!DOCTYPE rss [" + b"<!ENTITY a 'b'>" * 200_000)


def _shapes() -> Iterator[tuple[str, Case]]:
    for count in (10_000, 40_000, 80_000):
        many = " ".join(f"a{n}='{n}'" for n in range(count))
        for tag in ("title", "link", "author", "content"):
            yield (
                f"attributes-{tag}-{count}",
                ("body", rss(f"<item xml:base='/'><{tag} {many}>x</{tag}></item>")),
            )
    for size in (8_000, 32_000, 128_000):
        for sign in ("a", "(", "a@", "<", " "):
            text = (sign * size)[:size].replace("<", "&lt;")
            more = f"<author>{text}</author>"
            yield f"author-{size}-{ord(sign[-1])}", ("body", rss(item(more=more) + "<item xml:base='/'/>"))
    for depth in (1_000, 10_000, 100_000, 400_000):
        for tag in ("a", "div", "item", "channel"):
            yield f"deep-{tag}-{depth}", ("body", b"<rss><channel>" + f"<{tag}>".encode() * depth)
        yield f"deep-html-{depth}", ("body", rss(item(text="&lt;div&gt;" * depth)))
        yield f"deep-closed-{depth}", ("body", rss("<b>" * depth + "</b>" * depth))
    for count in (1_000, 50_000):
        yield f"comments-{count}", ("body", rss("<!-- x -->" * count + "<item>" + "<!" * count))
        yield f"open-comments-{count}", ("body", b"<rss>" + b"<!--" * count)
        yield f"cdata-{count}", ("body", b"<rss><channel><item><title>" + b"<![CDATA[" * count)
        yield f"instructions-{count}", ("body", b"<?a b?>" * count + b"<rss/>")
    for count in (5_000, 20_000, 50_000):
        yield (
            f"entries-{count}",
            ("body", rss("".join(f"<item><title>{n}</title></item>" for n in range(count)))),
        )
        yield f"same-guid-{count}", ("body", rss("<item><guid>g</guid><title>t</title></item>" * count))
        yield f"atom-{count}", ("body", b"<feed>" + b"<entry><title>x</title></entry>" * count)
    spaces = " ".join(f"xmlns:n{n}='http://news.example/{n}'" for n in range(20_000))
    yield "namespaces", ("body", f"<rss {spaces}><channel/></rss>".encode())
    yield "tags", ("body", rss(f"<item>{''.join(f'<t{n}/>' for n in range(100_000))}</item>"))


def _greedy() -> Iterator[tuple[str, Case]]:
    """Documents of less than 5 MB that a parser asks more than 256 MB for: every element has names,
    attributes and texts of its own, and one sign makes each copy of the text four bytes a character.
    """
    wide, room = "\U0001f600", LIMIT - 500
    few = "".join(islice((f"<{one} b=''/>" for one in _names()), room // 12))
    yield "greedy-names", ("body", rss(f"<item>{few}</item>{wide}"))
    rdf = "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>"
    many = "".join(islice((f"<{one} b=''/>Ā" for one in _names()), room // 14))
    yield "greedy-rdf", ("body", f"{rdf}{wide}<channel>{many}</channel></rdf:RDF>".encode())
    yield "greedy-json-lists", ("body", ('{"items":[' + ",".join(["[[[[]]]]"] * 540_000) + "]}").encode())
    yield (
        "greedy-json-objects",
        ("body", ('{"items":[' + ",".join(['{"":{"":{}}}'] * 370_000) + "]}").encode()),
    )


def _names() -> Iterator[str]:
    """Names of elements, the short ones first: more than a million of at most four letters."""
    for length in range(1, 5):
        for signs in product(string.ascii_letters, repeat=length):
            yield "".join(signs)


def _texts() -> Iterator[tuple[str, Case]]:
    for size in (100_000, 1_000_000, 4_000_000):
        long = "가" * (size // 3)
        yield f"title-{size}", ("body", rss(item(title=long)))
        yield f"text-{size}", ("body", rss(item(text=long)))
        yield f"html-{size}", ("body", rss(item(text="&lt;p&gt;x" * (size // 11))))
        yield f"guid-{size}", ("body", rss(item(more=f"<guid>{long}</guid>")))
        yield f"link-{size}", ("body", rss(item(link="https://news.example/" + "a" * size)))
        yield f"accents-{size}", ("body", rss(item(title="a" + "\u0301" * (size // 2))))
    for number, sign in enumerate(
        ("\u202e", "\u200b", "\ufeff", "\u2028", "\U000e0001", "\ufffe", "\x0b", "\x7f")
    ):
        yield f"sign-{number}", ("body", rss(item(title=f"a{sign * 1000}b")))
    for number, reference in enumerate(("0", "xD800", "xFFFE", "1", "x110000", "99999999999999999999", "")):
        yield f"reference-{number}", ("body", rss(item(title=f"a&#{reference};b")))


def _dates() -> Iterator[tuple[str, Case]]:
    for number, date in enumerate(
        (
            "Fri, 31 Dec 9999 23:59:59 GMT", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00",
            "0000-00-00", "Thu, 01 Jan 1970 00:00:00 GMT", "Mon, 99 Foo 2026 99:99:99 +9999",
            "2026-11-28T12:00:00+99:99", "-1", "1" * 20_000, "Sat, 28 Nov 2099 00:00:00 GMT",
            "2026-02-30", "12/31/99999", "T" * 5_000, "10000-01-01", "2026-11-28T25:61:61Z",
            "Sat, 28 Nov 26 12:00 +0900", "Sat, 28 Nov 2026 12:00:00 " + "Z" * 9_000, "20261128T120000Z",
            "２０２６-１１-２８", "2026년 11월 28일",
        )
    ):  # fmt: skip
        yield f"date-{number}", ("body", rss(item(more=f"<pubDate>{date}</pubDate>")))
        atom = f"<feed xmlns='http://www.w3.org/2005/Atom'><entry><title>t</title><updated>{date}</updated></entry></feed>"
        yield f"atom-date-{number}", ("body", atom.encode())


def _links() -> Iterator[tuple[str, Case]]:
    for number, link in enumerate(
        (
            "javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//", "http://", "http://[", "http://[::",
            "ht\ttp://x", "vbscript:x", "tg://resolve?domain=x", "https://" + "a." * 900, "http://a:99999999/",
            "http://\u202e/x", "mailto:a@news.example", "https://a b/c d",
        )
    ):  # fmt: skip
        yield f"address-{number}", ("body", rss(item(link=link, more=f"<guid>{link}</guid>")))


def _json() -> Iterator[tuple[str, Case]]:
    deep = 100_000
    for number, body in enumerate(
        (
            "[" * deep, '{"items":' * deep, '{"items":[' + '{"a":' * deep, '{"items":null}', '{"items":{}}', "[]", "{}",
            '{"items":[null,1,"x",[],{}]}', '{"items":[{"id":' + "9" * 100_000 + "}]}", '{"items":[{"title":NaN}]}',
            '{"items":[{"title":"\\ud800"}]}', '{"items":[{"id":{},"url":[],"title":1.5}]}', '{"title":"x","items":[',
            json.dumps({"items": [{"id": str(n), "title": "x"} for n in range(50_000)]}),
            json.dumps({"items": [{"id": "1", "content_html": "<div>" * 400_000}]}),
            '{"items":[{"date_published":"9999-12-31T23:59:59Z","id":"1"}]}',
        )
    ):  # fmt: skip
        yield f"json-{number}", ("body", body.encode())


def _packed() -> Iterator[tuple[str, Case]]:
    plain = rss(item())
    for size in (20_000_000, 200_000_000):
        packer = zlib.compressobj(9, zlib.DEFLATED, 31)
        bomb = b"".join(packer.compress(bytes(1_000_000)) for _ in range(size // 1_000_000)) + packer.flush()
        yield f"bomb-{size}", ("gzip", bomb)
        yield f"bomb-file-{size}", ("body", bomb)
        yield f"bomb-in-gzip-{size}", ("gzip", gzip.compress(bomb))
    yield "gzip-in-gzip", ("body", gzip.compress(gzip.compress(plain)))
    yield "gzip-cut", ("gzip", gzip.compress(plain)[:-9])
    yield "gzip-none", ("gzip", plain)
    yield "gzip-members", ("gzip", gzip.compress(b"") * 100_000)
    for coding in ("br", "zstd", "deflate", "compress", "gzip, gzip", "x" * 1000):
        yield f"coding-{coding[:4]}-{len(coding)}", (f"coding {coding}", plain)


def _talk() -> Iterator[tuple[str, Case]]:
    for how in (
        "hang", "drip", "drip-head", "endless", "endless-chunks", "endless-head", "reset", "nothing", "loop", "hops",
        "long-length", "short-length", "huge-length", "negative-length", "bad-chunk", "huge-chunk", "old", "early",
        "many-early", "tls",
    ):  # fmt: skip
        yield how, (how, rss(item()))
    for number, target in enumerate(
        (
            "file:///etc/passwd", "gopher://127.0.0.1/", "data:text/xml,<rss/>", "ftp://127.0.0.1/", "//127.0.0.1:1/",
            "http://127.0.0.1:22/", "http://169.254.169.254/latest", "http://[::1]/", "http://user@127.0.0.1/", "",
            "http://", "http://" + "a" * 70_000, "\u202e", "http://2130706433/", "http://localhost/",
        )
    ):  # fmt: skip
        yield f"redirect-{number}", (f"to {target}", b"")
    for status in (100, 204, 206, 300, 304, 401, 403, 404, 410, 418, 429, 500, 503, 999):
        yield f"status-{status}", (f"status {status}", b"x")


def _bytes() -> Iterator[tuple[str, Case]]:
    for number, body in enumerate(
        (
            b"", b" " * 100_000, b"\0" * 100_000, b"\xff\xfe", b"\xff\xfe\0\0", b"\xef\xbb\xbf", b"%PDF-1.7", b"PK\x03\x04",
            b"\x89PNG\r\n\x1a\n", b"\x7fELF", b"<html><body>login</body></html>", b"<", b"<rss", b"<rss>", b"&", b"]]>",
            b"<?xml", b"<?xml version='1.0' encoding='utf-7'?><rss/>", b"<?xml version='1.0' encoding='nonsense'?><rss/>",
            b"<?xml version='1.0' encoding='idna'?><rss>\xff</rss>", rss(item(title="\0\1\2")), b"\xc0\xaf" * 1000,
            rss(item(title="\ud800")), "<rss><channel><item><title>x".encode("utf-16-be"), b"\x1b$B" + rss(item()),
            b"<opml><body><outline xmlUrl='http://news.example/'/></body></opml>", bytes(range(256)) * 1000,
        )
    ):  # fmt: skip
        yield f"bytes-{number}", ("body", body)


def _mutants(draw: random.Random) -> Iterator[tuple[str, Case]]:
    good = rss("".join(item(title=f"제목 {n}", text="&lt;p&gt;글&lt;/p&gt;") for n in range(20)))
    for number in range(40):
        body = bytearray(good)
        for _ in range(draw.choice((1, 5, 50, 500))):
            at = draw.randrange(len(body))
            what = draw.randrange(3)
            if what == 0:
                body[at] = draw.randrange(256)
            elif what == 1:
                del body[at : at + draw.randrange(1, 40)]
            else:
                body[at:at] = body[at : at + draw.randrange(1, 40)]
        yield f"mutant-{number}", ("body", bytes(body))


def good_feed(number: int) -> bytes:
    return rss(
        "".join(item(title=f"좋은 {number}-{n}", link=f"https://good.example/{number}/{n}") for n in range(5))
    )


class _Site:
    """Answers by the path: /good/N, or /NAME of a case."""

    def __init__(self, seed: int) -> None:
        self.cases = cases(seed)

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, TimeoutError, asyncio.IncompleteReadError):
            async with asyncio.timeout(30):
                while True:
                    head = await reader.readuntil(b"\r\n\r\n")
                    path = head.split(b" ", 2)[1].decode().strip("/")
                    if path.startswith("good/"):
                        self.whole(writer, good_feed(int(path[5:])))
                        continue
                    name = path.split("/")[0]
                    await self.answer(writer, name, *self.cases.get(name, ("status 404", b"")))
                    break
        writer.close()

    def whole(
        self, writer: asyncio.StreamWriter, body: bytes, status: str = "200 OK", more: str = ""
    ) -> None:
        head = (
            f"HTTP/1.1 {status}\r\nContent-Type: application/xml\r\nContent-Length: {len(body)}\r\n{more}\r\n"
        )
        writer.write(head.encode("utf-8") + body)

    async def answer(self, writer: asyncio.StreamWriter, name: str, how: str, body: bytes) -> None:
        kind, _, rest = how.partition(" ")
        if kind in ("body", "gzip", "coding"):
            coding = {"body": "", "gzip": "Content-Encoding: gzip\r\n"}.get(
                kind, f"Content-Encoding: {rest}\r\n"
            )
            self.whole(writer, body, more=coding)
        elif kind == "status":
            self.whole(writer, body, f"{rest} So", "Retry-After: 999999999\r\n")
        elif kind == "to":
            self.whole(writer, b"", "301 Moved", f"Location: {rest}\r\n")
        elif kind in ("loop", "hops"):
            target = f"/{name}" if kind == "loop" else f"/{name}/{random.random()}"
            self.whole(writer, b"", "302 Found", f"Location: {target}\r\n")
        else:
            await self.torn(writer, kind, body)
        with suppress(ConnectionError):
            await writer.drain()

    async def torn(self, writer: asyncio.StreamWriter, kind: str, body: bytes) -> None:
        ok = b"HTTP/1.1 200 OK\r\n"
        once = {
            "nothing": b"",
            "reset": b"HTTP",
            "long-length": ok + b"Content-Length: 99999\r\n\r\n" + body,
            "short-length": ok + b"Content-Length: 9\r\n\r\n" + body,
            "huge-length": ok + b"Content-Length: 99999999999999\r\n\r\n" + body,
            "negative-length": ok + b"Content-Length: -1\r\n\r\n" + body,
            "bad-chunk": ok + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n" + body,
            "huge-chunk": ok + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n" + body,
            "old": body,
            "early": b"HTTP/1.1 103 Early Hints\r\n\r\n" + ok + b"Content-Length: 3\r\n\r\n<a>",
            "many-early": b"HTTP/1.1 103 Early Hints\r\n\r\n" * 50_000,
            "tls": b"\x15\x03\x03\x00\x02\x02\x28",
        }
        if kind in once:
            writer.write(once[kind])
            return
        starts = {
            "drip": ok + b"\r\n", "endless": ok + b"\r\n", "endless-chunks": ok + b"Transfer-Encoding: chunked\r\n\r\n",
            "drip-head": ok, "endless-head": ok, "hang": b"",
        }  # fmt: skip
        pieces = {
            "drip": (b"<", 0.2), "drip-head": (b"X: y\r\n", 0.2), "hang": (b"", 0.5),
            "endless": (b"<a>" * 30_000, 0.0), "endless-chunks": (b"10000\r\n" + b"a" * 65536 + b"\r\n", 0.0),
            "endless-head": (b"X: " + b"y" * 60_000 + b"\r\n", 0.0),
        }  # fmt: skip
        writer.write(starts[kind])
        piece, pause = pieces[kind]
        while not writer.is_closing():
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause)


def serve(seed: int, pipe: Connection) -> None:
    """Serve the cases and the good feeds until ended; tells the port."""

    async def listen() -> None:
        site = _Site(seed)
        server = await asyncio.start_server(site.handle, "127.0.0.1", 0, limit=1 << 20)
        port = server.sockets[0].getsockname()[1]
        others = [await asyncio.start_server(site.handle, f"127.0.0.{n}", port) for n in range(2, 34)]
        pipe.send((port, list(site.cases)))
        await asyncio.gather(*(each.serve_forever() for each in (server, *others)))

    with suppress(KeyboardInterrupt):
        asyncio.run(listen())


@dataclass
class Report:
    """What was seen; `wrong` names each broken promise."""

    count: int
    good: int
    seed: int
    reasons: dict[str, str] = field(default_factory=dict)
    longest: float = 0.0
    slowest: str = ""
    stall: float = 0.0
    memory: int = 0
    workers: int = 0
    alone: dict[str, str] = field(default_factory=dict)
    took: float = 0.0
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        refused = sum(1 for reason in self.reasons.values() if reason)
        stopped = sum(reason in OUT_OF_MEMORY for reason in self.reasons.values())
        return (
            f"poison: {self.count} sources ({refused} with a reason, {self.count - refused} read bounded), "
            f"{self.good} good feeds read, longest {self.longest:.1f} s ({self.slowest}), loop stall p99 "
            f"{self.stall * 1000:.0f} ms, {stopped} stopped by the limit of {MEMORY >> 20} MB (with time enough {sum(why in OUT_OF_MEMORY for why in self.alone.values())}), readers' greatest "
            f"{self.workers} MB, {self.memory} MB more in this process, {self.took:.0f} s, seed {self.seed}"
            f"{''.join(f'; WRONG: {each}' for each in self.wrong)}"
        )


class _Timed(FeedPool):
    """Notes how long a document took from its reader's begin to its end, and what readers had in memory."""

    def __init__(self, **options: Any) -> None:
        super().__init__(2, **options)
        self.took: dict[str, float] = {}
        self.hired: list[_Worker] = []
        self.peak = 0

    def _hired(self) -> _Worker:
        self.hired.append(super()._hired())
        return self.hired[-1]

    async def _ask(self, job: bytes, data: bytes, until: float) -> dict[str, Any]:
        begun, name = time.monotonic(), json.loads(job)["url"]
        try:
            return await super()._ask(job, data, until)
        finally:
            self.took[name] = self.took.get(name, 0.0) + time.monotonic() - begun

    async def watch(self) -> None:
        """The greatest memory that a reader had resident, as the kernel counts it, looked up all the time."""
        while True:
            for worker in self.hired:
                if worker._process is not None and worker._process.returncode is None:
                    self.peak = max(self.peak, _resident(worker._process.pid))
            await asyncio.sleep(0.02)


def _resident(pid: int) -> int:
    """Bytes, at most so far; 0 for a process that has ended."""
    with suppress(OSError):
        for row in Path(f"/proc/{pid}/status").read_text().splitlines():
            if row.startswith("VmHWM:"):
                return int(row.split()[1]) << 10
    return 0


async def _watch_loop(stalls: list[float]) -> None:
    while True:
        begun = time.perf_counter()
        await asyncio.sleep(0.005)
        stalls.append(max(0.0, time.perf_counter() - begun - 0.005))


async def _run(feeds: Feeds, port: int, names: list[str], good: int, report: Report, seconds: float) -> None:
    hosts = [f"127.0.0.{1 + n}" for n in range(33)]
    urls = {name: f"http://{hosts[n % 33]}:{port}/{name}" for n, name in enumerate(names)}
    fine = [f"http://{hosts[n % 33]}:{port}/good/{n}" for n in range(good)]
    wanted = [*urls.values(), *fine]
    random.Random(report.seed).shuffle(wanted)
    feeds.add([Feed("", url, added_at=NOW, next_at=NOW) for url in wanted])
    allow = frozenset(f"{host}:{port}" for host in hosts)
    fetcher = FeedFetcher(allow=allow, at_once=16, gap=0.0, deadline=5.0)
    pool, stalls = _Timed(seconds=seconds), list[float]()
    begun, before = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    watches = [asyncio.create_task(each) for each in (_watch_loop(stalls), pool.watch())]
    await FeedReader(feeds, fetcher, pool, clock=lambda: NOW).read_due()
    for watch in watches:
        watch.cancel()
    report.took = time.monotonic() - begun
    await fetcher.close()
    await pool.close()
    report.stall = quantiles(stalls, n=100)[98] if len(stalls) > 100 else max(stalls, default=0.0)
    report.memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
    report.workers = pool.peak >> 20
    report.slowest, report.longest = max(pool.took.items(), key=lambda pair: pair[1], default=("", 0.0))
    report.slowest = report.slowest.rpartition("/")[2]
    _judge(feeds, urls, fine, report)


def _judge(feeds: Feeds, urls: dict[str, str], fine: list[str], report: Report) -> None:
    for name, url in urls.items():
        feed = feeds.feed_at(url)
        if feed is None or (feed.last_at is None and not feed.fails):
            report.wrong.append(f"{name} was not read to an end")
        else:
            report.reasons[name] = feed.last_error
    for url in fine:
        feed = feeds.feed_at(url)
        if feed is None or feed.fails or len(feeds.entries_of(feed.id, limit=9)) != 5:
            report.wrong.append(f"the good feed {url} was not read: {feed and feed.last_error}")
    for entry in feeds.entries_since(NOW, limit=10**9):
        if problem := _unbounded(entry):
            report.wrong.append(f"{problem}: {entry.feed}")


def _unbounded(entry: Entry) -> str:
    if len(entry.title) > TITLE or len(entry.text) > TEXT or "\0" in entry.title + entry.text:
        return "a text that is too long, or holds NUL"
    if entry.url and not entry.url.startswith(("http://", "https://")):
        return f"an address {entry.url[:40]}"
    if entry.published and not (entry.published.year >= 1990 and entry.published < NOW + timedelta(days=3)):
        return f"a date {entry.published}"
    return ""


def run(
    folder: Path,
    *,
    seed: int,
    only: Callable[[str], bool] = lambda _: True,
    good: int = 60,
    seconds: float = SECONDS,
) -> Report:
    """Read every poison that `only` lets through, and `good` honest feeds, in one go."""
    context = multiprocessing.get_context("spawn")
    near, far = context.Pipe()
    site = context.Process(target=serve, args=(seed, far), daemon=True)
    site.start()
    port, every = near.recv()
    names = [name for name in every if only(name)]
    report = Report(len(names), good, seed)
    feeds = open_feeds(folder)
    try:
        asyncio.run(_run(feeds, port, names, good, report, seconds))
    finally:
        site.kill()
        site.join()
        feeds.close()
    return report


async def _stopped_alone() -> dict[str, str]:
    """How the greedy documents end where there is time enough: "" when one was read after all."""
    found = {}
    for name, (_, body) in _greedy():
        pool = FeedPool(1, seconds=60.0)
        try:
            await pool.read(body, url="https://news.example/", now=NOW)
            found[name] = ""
        except FeedError as error:
            found[name] = error.key
        finally:
            await pool.close()
    return found


def proof(folder: Path, seed: int, until: float) -> Iterator[Report]:
    """All of them, with the limits in seconds."""
    del until
    report = run(folder, seed=seed)
    if report.count < 200:
        report.wrong.append(f"only {report.count} cases")
    if report.longest > 5.0:
        report.wrong.append(f"{report.slowest} took {report.longest:.1f} s")
    if report.memory > 256 or not 0 < report.workers <= MEMORY >> 20:
        report.wrong.append(f"{report.memory} MB more here, {report.workers} MB in a reader")
    report.alone = asyncio.run(_stopped_alone())
    if unstopped := [name for name, why in report.alone.items() if why not in OUT_OF_MEMORY]:
        report.wrong.append(f"never met the limit of memory: {', '.join(unstopped)}")
    if report.stall > 0.05:
        report.wrong.append(f"the loop stalled {report.stall * 1000:.0f} ms at p99")
    yield report
