"""Proof 4: what every failure of the network looks like to a send, against what the server did.

`python -m tests.chaos.shapes` prints each shape with its number and what was made of it. A server
of bytes counts a request as accepted when it has read it whole and means to keep it. Never
"not_sent" where it accepted, never "sent" where it did not, never two for one; "unknown" only
once bytes may have left.
"""

from __future__ import annotations

# ruff: noqa: E501, T201
import asyncio
import json
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient
from telegram import Bot

from bot.slack_render import parts
from bot.slack_send import Sender
from bot.telegram_render import Part
from bot.telegram_send import send
from bot.telegram_transport import Transport
from handlers.door import Outcome
from handlers.message import File, Reply, Text, line
from store.bundle import Store
from store.model import Chat
from store.sqlite import open_ledger
from store.tiny import open_library
from tests.build import NOON
from tests.chaos.sender import catalogue

Platform = Literal["telegram", "slack"]

TOKEN = "4242:AAcanaryCANARYcanaryCANARYcanaryCANARY"
PATIENCE = 0.15  # seconds for an answer that does not come
_ENOUGH = 10.0  # seconds for one that does
_LARGE = 24 << 20  # bytes: more than the kernel takes for a reader that does not read
_LONG_WAIT = 20.0


@dataclass
class Link:
    """One connection, as the server sees it."""

    server: Server
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def head(self) -> tuple[str, int]:
        """The path and the length of the body, of a request whose head is read."""
        text = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        lengths = [row for row in text.split("\r\n") if row.lower().startswith("content-length:")]
        return text.split(" ")[1], int(lengths[0].split(":")[1]) if lengths else 0

    async def request(self) -> str:
        """Read one request whole; its path."""
        path, length = await self.head()
        await self.reader.readexactly(length)
        return path

    async def accept(self) -> str:
        """Read one request whole and keep it."""
        path = await self.request()
        self.server.accepted += 1
        self.server.first.set()
        return path

    def answer(self, status: int, body: bytes, *, kind: str = "application/json", more: str = "") -> None:
        head = f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}\r\n"
        self.writer.write(head.encode() + body)

    def reset(self) -> None:
        self.writer.transport.abort()

    async def hang(self) -> None:
        await self.server.over.wait()


Script = Callable[[Link], Awaitable[None]]


class Server:
    """Runs the shape's script on every connection; answers with what the platform would say."""

    def __init__(self, platform: Platform, script: Script) -> None:
        self.platform = platform
        self.script = script
        self.accepted = 0
        self.first = asyncio.Event()
        self.over = asyncio.Event()

    def ok(self) -> bytes:
        if self.platform == "slack":
            return json.dumps({"ok": True, "ts": "1.000001", "channel": "C1"}).encode()
        chat = {"id": 1, "type": "private", "first_name": "Ada"}
        return json.dumps({"ok": True, "result": {"message_id": 7, "date": 1, "chat": chat}}).encode()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self.script(Link(self, reader, writer))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client went away
        finally:
            writer.close()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        server = await asyncio.start_server(self.serve, "127.0.0.1", 0, limit=1 << 16)
        try:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        finally:
            self.over.set()
            server.close()
            await asyncio.sleep(0)


@dataclass(frozen=True)
class Shape:
    """`no` names it for good. `may` are the outcomes that say the truth, by platform where they
    differ; `large` = sent with a body that does not fit into the kernel's buffers; `waits` = it is
    seen by waiting, so the client's patience is short.
    """

    no: int
    name: str
    script: Script | None
    may: frozenset[str]
    slack: frozenset[str] | None = None
    large: bool = False
    sends: int = 1
    base: str = ""
    pool: int = 8
    went_fails: bool = False
    waits: bool = False

    def allowed(self, platform: Platform) -> frozenset[str]:
        return self.slack if platform == "slack" and self.slack is not None else self.may


def only(*kinds: str) -> frozenset[str]:
    return frozenset(kinds)


NOT, UNSURE, SENT = only("not_sent"), only("unknown"), only("sent")
REFUSED = only("refused", "gone", "moved", "dead", "wait")


# scripts: what the server does


async def fine(link: Link) -> None:
    while True:
        await link.accept()
        link.answer(200, link.server.ok())


async def reset_at_once(link: Link) -> None:
    link.reset()


async def close_at_once(link: Link) -> None:
    return


async def reset_after_head(link: Link) -> None:
    await link.head()
    link.reset()


async def reset_mid_body(link: Link) -> None:
    _, length = await link.head()
    await link.reader.readexactly(min(length // 2, 1 << 20))
    link.reset()


async def stall_mid_body(link: Link) -> None:
    await link.head()
    await link.hang()


async def not_tls(link: Link) -> None:
    await link.reader.read(5)
    link.writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")


async def reset_unkept(link: Link) -> None:
    await link.request()
    link.reset()


async def keep_and_reset(link: Link) -> None:
    await link.accept()
    link.reset()


async def keep_and_close(link: Link) -> None:
    await link.accept()


async def keep_and_hang(link: Link) -> None:
    await link.accept()
    await link.hang()


def keep_and_write(raw: bytes, *, then_hang: bool = False, then_reset: bool = False) -> Script:
    async def script(link: Link) -> None:
        await link.accept()
        link.writer.write(raw)
        await link.writer.drain()
        if then_hang:
            await link.hang()
        if then_reset:
            link.reset()

    return script


def keep_and_answer(status: int, body: bytes, kind: str = "application/json") -> Script:
    async def script(link: Link) -> None:
        await link.accept()
        link.answer(status, body, kind=kind)

    return script


def refuse(status: int, telegram: object, slack: object = None, *, more: str = "") -> Script:
    """An answer in the platform's own words; the message is not kept."""

    async def script(link: Link) -> None:
        while True:
            await link.request()
            said = telegram if link.server.platform == "telegram" or slack is None else slack
            link.answer(status, json.dumps(said).encode(), more=more)

    return script


def page(status: int, *, kept: bool) -> Script:
    async def script(link: Link) -> None:
        await (link.accept() if kept else link.request())
        link.answer(status, b"<html><h1>x</h1></html>", kind="text/html")

    return script


async def answer_before_body(link: Link) -> None:
    await link.head()
    link.answer(413, b"<html>too large</html>", kind="text/html", more="Connection: close\r\n")
    await link.writer.drain()
    await link.reader.read(-1)


async def redirect(link: Link) -> None:
    """To a place of the same server that would keep it."""
    path = await link.request()
    if path.startswith("/kept"):
        link.server.accepted += 1
        link.answer(200, link.server.ok())
        return
    link.answer(307, b"", more="Location: /kept\r\nConnection: close\r\n")


async def trickle(link: Link) -> None:
    await link.accept()
    for byte in b"HTTP/1.1 200 OK\r\nX: " + b"y" * 1000:
        if link.server.over.is_set():
            return
        link.writer.write(bytes([byte]))
        await link.writer.drain()
        await asyncio.sleep(PATIENCE / 2)


async def keep_one_then_close(link: Link) -> None:
    """The connection looks alive to the client until it is used again."""
    await link.accept()
    link.answer(200, link.server.ok())


async def keep_one_then_reset_next(link: Link) -> None:
    await link.accept()
    link.answer(200, link.server.ok())
    await link.accept()
    link.reset()


async def hold_every_link(link: Link) -> None:
    await link.accept()
    await link.hang()


def _429(after: int | None) -> dict[str, object]:
    said: dict[str, object] = {"ok": False, "error_code": 429, "description": "Too Many Requests"}
    return said if after is None else {**said, "parameters": {"retry_after": after}}


def _said(code: int, words: str, **more: object) -> dict[str, object]:
    return {"ok": False, "error_code": code, "description": words, **more}


def _slack(error: str) -> dict[str, object]:
    return {"ok": False, "error": error}


_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

SHAPES: tuple[Shape, ...] = (
    Shape(1, "nothing listens", None, NOT),
    Shape(2, "the connection is not taken (full backlog)", None, NOT, base="full", waits=True),
    Shape(3, "the name does not resolve", None, NOT, base="http://no-such-host.invalid"),
    Shape(4, "TLS is spoken to a server that does not", not_tls, NOT, base="https"),
    Shape(5, "reset before anything was read", reset_at_once, NOT | UNSURE),
    Shape(6, "closed before anything was read", close_at_once, NOT | UNSURE),
    Shape(7, "reset after the head, a small body", reset_after_head, NOT | UNSURE),
    Shape(8, "reset after the head, a large body", reset_after_head, NOT, large=True),
    Shape(9, "reset in the middle of a large body", reset_mid_body, NOT, large=True),
    Shape(10, "the body is not read on", stall_mid_body, NOT, large=True, waits=True),
    Shape(11, "read whole, not kept, reset", reset_unkept, UNSURE),
    Shape(12, "kept, reset", keep_and_reset, UNSURE),
    Shape(13, "kept, closed", keep_and_close, UNSURE),
    Shape(14, "kept, no answer", keep_and_hang, UNSURE, waits=True),
    Shape(15, "kept, half a status line, closed", keep_and_write(b"HTTP/1.1 2"), UNSURE),
    Shape(16, "kept, head without end, hangs", keep_and_write(_HEAD, then_hang=True), UNSURE, waits=True),
    Shape(17, "kept, head, then closed", keep_and_write(_HEAD + b"Content-Length: 99\r\n\r\n"), UNSURE),
    Shape(18, "kept, half a body, closed",
          keep_and_write(_HEAD + b'Content-Length: 99\r\n\r\n{"ok": true, "resu'), UNSURE),
    Shape(19, "kept, half a body, reset",
          keep_and_write(_HEAD + b'Content-Length: 99\r\n\r\n{"ok"', then_reset=True), UNSURE),
    Shape(20, "kept, half a body, hangs",
          keep_and_write(_HEAD + b'Content-Length: 99\r\n\r\n{"ok"', then_hang=True), UNSURE, waits=True),
    Shape(21, "kept, a chunked body that ends too soon",
          keep_and_write(_HEAD + b'Transfer-Encoding: chunked\r\n\r\n40\r\n{"ok": true'), UNSURE),
    Shape(22, "kept, 200 with broken JSON", keep_and_answer(200, b'{"ok": tr'), UNSURE),
    Shape(23, "kept, 200 with JSON that says nothing", keep_and_answer(200, b'{"answer": 42}'), UNSURE),
    Shape(24, "kept, 200 with a list", keep_and_answer(200, b"[1]"), UNSURE),
    Shape(25, "kept, 200 with nothing", keep_and_answer(200, b""), UNSURE),
    Shape(26, "kept, 200 with a page", page(200, kept=True), UNSURE),
    Shape(27, "kept, no HTTP at all", keep_and_write(b"\x00\xff\x00garbage\r\n\r\n"), UNSURE),
    Shape(28, "kept, an answer that trickles", trickle, UNSURE, waits=True),
    Shape(29, "kept, 500", keep_and_answer(500, b"{}"), UNSURE),
    Shape(30, "not kept, 500", refuse(500, _said(500, "Internal Server Error"), _slack("fatal_error")), UNSURE),
    Shape(31, "kept, 502 page", page(502, kept=True), UNSURE),
    Shape(32, "not kept, 502 page", page(502, kept=False), UNSURE),
    Shape(33, "not kept, 503 page", page(503, kept=False), UNSURE),
    Shape(34, "kept, 504 page", page(504, kept=True), UNSURE),
    Shape(35, "429, says when", refuse(429, _429(7), _slack("ratelimited"), more="Retry-After: 7\r\n"), only("wait")),
    Shape(36, "429, does not say when", refuse(429, _429(None), _slack("ratelimited")), only("wait")),
    Shape(37, "kicked", refuse(403, _said(403, "Forbidden: bot was kicked from the group chat"),
                               _slack("not_in_channel")), REFUSED),
    Shape(38, "moved or archived",
          refuse(400, _said(400, "Bad Request: x", parameters={"migrate_to_chat_id": -1009}), _slack("is_archived")),
          only("moved"), slack=only("gone")),
    Shape(39, "the token is refused", refuse(401, _said(401, "Unauthorized"), _slack("invalid_auth")), only("dead")),
    Shape(40, "too long", refuse(400, _said(400, "Bad Request: message is too long"), _slack("msg_too_long")),
          only("refused")),
    Shape(41, "answered before the body was whole", answer_before_body, only("refused", "not_sent"), large=True),
    Shape(42, "redirected to where it would be kept", redirect, UNSURE, slack=SENT | UNSURE),
    Shape(43, "an idle connection was closed meanwhile", keep_one_then_close, NOT | SENT | UNSURE, sends=2),
    Shape(44, "kept on an old connection, reset", keep_one_then_reset_next, UNSURE, sends=2),
    Shape(45, "every connection is taken", hold_every_link, NOT, slack=UNSURE, pool=1, sends=-1, waits=True),
    Shape(46, "what must be noted before the first byte cannot be", fine, NOT, went_fails=True),
    Shape(47, "nothing is wrong", fine, SENT),
)  # fmt: skip


@dataclass
class Report:
    """What came of all shapes on one platform."""

    platform: Platform
    tried: int = 0
    unknown: int = 0
    unsure_needlessly: int = 0
    told: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        verdict = "ok" if not self.wrong else "FAILED: " + "; ".join(self.wrong)
        return (
            f"shapes {self.platform}: {self.tried} shapes, unknown {self.unknown} ({self.unknown / self.tried:.0%}),"
            f" of them {self.unsure_needlessly} that the server had not kept: {verdict}"
        )


Send = Callable[[], Awaitable[Outcome]]


@asynccontextmanager
async def telegram(base: str, shape: Shape) -> AsyncIterator[Send]:
    patience = PATIENCE if shape.waits else _ENOUGH
    transport = Transport(
        read_timeout=patience * (1 if shape.sends > 0 else 4),
        connect_timeout=patience * 2,
        write_timeout=patience * 4,
        pool=shape.pool,
    )
    bot = Bot(TOKEN, base_url=f"{base}/bot", request=transport, get_updates_request=Transport(pool=1))
    part = Part("<b>안녕</b>", "안녕")
    if shape.large:
        part = replace(part, file=File("large.bin", b"x" * _LARGE))

    def went() -> None:
        if shape.went_fails:
            raise OSError("the disk is full")

    async def once() -> Outcome:
        chat = Chat("telegram", "4242", "1")
        return await send(bot, chat, part, lambda _: "", silent=False, chat_scope=True, went=went)

    try:
        yield once
    finally:
        await transport.shutdown()


@asynccontextmanager
async def slack(base: str, shape: Shape, folder: Path) -> AsyncIterator[Send]:
    """The sender alone: what an outcome is before it is looked up again (history is refused)."""
    store = Store(open_library(folder), open_ledger(folder), catalogue())
    patience = PATIENCE if shape.waits else _ENOUGH
    limits = aiohttp.ClientTimeout(total=patience * 3, sock_connect=patience * 2)
    async with aiohttp.ClientSession(
        timeout=limits, connector=aiohttp.TCPConnector(limit=shape.pool)
    ) as session:
        client = AsyncWebClient("xoxb-canary-canary", f"{base}/api/", session=session, retry_handlers=[])
        client.proxy = None
        sender = Sender(client, store, lambda: NOON)
        [part] = parts(Reply((Text(line("소식")),), "ko"))
        chat = Chat("slack", "T1", "C1")
        message = sender.message(chat, part)

        async def once() -> Outcome:
            return await sender._post(chat, message, part, "")

        yield once
    store.ledger.close()
    store.library.close()


@asynccontextmanager
async def somewhere(shape: Shape, server: Server) -> AsyncIterator[str]:
    """The address that the shape is tried at."""
    if shape.base.startswith("http:"):
        yield shape.base
    elif shape.base == "full":
        with socket.socket() as deaf, socket.socket() as one, socket.socket() as two:
            deaf.bind(("127.0.0.1", 0))
            deaf.listen(0)
            for filling in (one, two):
                filling.setblocking(False)
                filling.connect_ex(deaf.getsockname())
            yield f"http://127.0.0.1:{deaf.getsockname()[1]}"
    elif shape.script is None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            yield f"http://127.0.0.1:{free.getsockname()[1]}"
    else:
        async with server.listening() as base:
            yield base.replace("http:", "https:") if shape.base == "https" else base


async def one(platform: Platform, shape: Shape, folder: Path) -> tuple[Outcome, int]:
    """The last send's outcome, and how many messages the server kept of it."""
    server = Server(platform, shape.script or fine)
    async with somewhere(shape, server) as base:
        door = telegram(base, shape) if platform == "telegram" else slack(base, shape, folder)
        async with door as once:
            others: list[asyncio.Future[Outcome]] = []
            if shape.sends < 0:  # another request holds the only connection
                others = [asyncio.ensure_future(once())]
                await server.first.wait()
            for _ in range(shape.sends - 1):
                assert (await once()).kind == "sent"
            before = server.accepted
            async with asyncio.timeout(_LONG_WAIT):
                outcome = await once()
            kept = server.accepted - before
            await asyncio.gather(*others)
    return outcome, kept


def skipped(platform: Platform, shape: Shape) -> bool:
    """Slack is sent no files by this way, and says nothing before its first byte."""
    return platform == "slack" and (shape.large or shape.went_fails)


async def run(platform: Platform, folder: Path) -> Report:
    """Every shape once, one after the other."""
    report = Report(platform)
    for shape in SHAPES:
        if skipped(platform, shape):
            continue
        outcome, kept = await one(platform, shape, folder)
        judge(report, shape, outcome, kept)
    return report


def judge(report: Report, shape: Shape, outcome: Outcome, kept: int) -> None:
    report.tried += 1
    report.unknown += outcome.kind == "unknown"
    report.unsure_needlessly += outcome.kind == "unknown" and not kept
    checks = {
        "said not sent, but it was kept": not (kept and outcome.kind == "not_sent"),
        "said sent, but it was not kept": bool(kept) or outcome.kind != "sent",
        "said refused, but it was kept": not (kept and outcome.kind in REFUSED),
        "posted more than once": kept <= 1,
        f"{outcome.kind} is not {' or '.join(sorted(shape.allowed(report.platform)))}": outcome.kind
        in shape.allowed(report.platform),
        "the token shows": "CANARY" not in outcome.detail and "canary" not in outcome.detail,
    }
    wrong = [name for name, held in checks.items() if not held]
    report.wrong += [f"{shape.no} {shape.name}: {one}" for one in wrong]
    report.told.append(f"{shape.no:3} {shape.name:52} kept {kept}  {outcome.kind:8} {outcome.detail[:60]}")


def proof(folder: Path, seed: int, until: float) -> Iterator[Report]:
    """As tests.chaos runs it: every shape on both platforms."""
    del seed, until
    for platform in ("telegram", "slack"):
        where = folder / platform
        where.mkdir(parents=True)
        yield asyncio.run(run(platform, where))


def main() -> int:
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="jianbao-shapes-") as made:
        reports = [asyncio.run(run("telegram", Path(made))), asyncio.run(run("slack", Path(made)))]
    for report in reports:
        print("\n".join(report.told))
        wrong += len(report.wrong)
    for report in reports:
        print(report)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
