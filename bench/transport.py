"""What a message costs under python-telegram-bot: its own HTTP client beside the one that ships.

`python -m bench.transport [--quick]` sends to one server of bytes on loopback (its own process),
first answering at once, then after 80 ms, with 8, 32 and 128 in flight. The server's count of
messages is checked against the client's. Processor time is the client process's alone.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import resource
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from telegram.request import BaseRequest

TOKEN = "4242:AAbenchBENCHbenchBENCHbenchBENCHbench"
TEXT = "<b>메이투안</b> 배달 로봇을 시험하다. " * 20
ANSWER = json.dumps(
    {
        "ok": True,
        "result": {"message_id": 7, "date": 1, "chat": {"id": 1, "type": "private", "first_name": "A"}},
    }
).encode()
RAW = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(ANSWER) + ANSWER
)

Once = Callable[[], Awaitable[object]]


def serve(pipe: Connection) -> None:
    """Counts whole requests; answers after the delay it was last told. Told None, it ends."""
    delay, count = 0.0, 0

    class Counting(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport: asyncio.Transport = transport  # type: ignore[assignment]
            self.buffer = b""

        def data_received(self, data: bytes) -> None:
            nonlocal count
            self.buffer += data
            while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
                head = self.buffer[:end].lower()
                at = head.find(b"content-length:")
                length = int(head[at + 15 :].split(b"\r\n")[0]) if at >= 0 else 0
                if len(self.buffer) < end + 4 + length:
                    return
                self.buffer = self.buffer[end + 4 + length :]
                count += 1
                if delay:
                    asyncio.get_running_loop().call_later(delay, self.transport.write, RAW)
                else:
                    self.transport.write(RAW)

    async def run() -> None:
        nonlocal delay
        loop = asyncio.get_running_loop()
        server = await loop.create_server(Counting, "127.0.0.1", 0)
        pipe.send(server.sockets[0].getsockname()[1])
        while (told := await loop.run_in_executor(None, pipe.recv)) is not None:
            delay = told
            pipe.send(count)

    asyncio.run(run())


@asynccontextmanager
async def ptb_httpx(base: str, in_flight: int) -> AsyncIterator[Once]:
    from telegram.request import HTTPXRequest

    async with _bot(base, HTTPXRequest(connection_pool_size=in_flight, pool_timeout=30)) as once:
        yield once


@asynccontextmanager
async def ptb_ours(base: str, in_flight: int) -> AsyncIterator[Once]:
    from bot.telegram_transport import Transport

    async with _bot(base, Transport(pool=in_flight)) as once:
        yield once


@asynccontextmanager
async def _bot(base: str, transport: BaseRequest) -> AsyncIterator[Once]:
    from telegram import Bot

    bot = Bot(TOKEN, base_url=f"{base}/bot", request=transport, get_updates_request=transport)
    yield lambda: bot.send_message(1, TEXT, parse_mode="HTML")
    await transport.shutdown()


@asynccontextmanager
async def raw_httpx(base: str, in_flight: int) -> AsyncIterator[Once]:
    import httpx

    limits = httpx.Limits(max_connections=in_flight)
    async with httpx.AsyncClient(limits=limits, timeout=30) as client:
        yield lambda: client.post(f"{base}/bot{TOKEN}/sendMessage", json={"chat_id": 1, "text": TEXT})


@asynccontextmanager
async def raw_aiohttp(base: str, in_flight: int) -> AsyncIterator[Once]:
    import aiohttp

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=in_flight)) as session:

        async def once() -> bytes:
            url = f"{base}/bot{TOKEN}/sendMessage"
            async with session.post(url, json={"chat_id": 1, "text": TEXT}) as answer:
                return await answer.read()

        yield once


CONTENDERS = {
    "python-telegram-bot, its own httpx": ptb_httpx,
    "python-telegram-bot, ours on aiohttp": ptb_ours,
    "httpx alone": raw_httpx,
    "aiohttp alone": raw_aiohttp,
}


async def measure(name: str, base: str, in_flight: int, count: int) -> tuple[float, float]:
    """Messages a second, and milliseconds of processor time a message, connections being warm."""
    async with CONTENDERS[name](base, in_flight) as once:
        await asyncio.gather(*(once() for _ in range(in_flight)))
        left = count
        cpu, wall = _cpu(), time.perf_counter()

        async def worker() -> None:
            nonlocal left
            while left > 0:
                left -= 1
                await once()

        await asyncio.gather(*(worker() for _ in range(in_flight)))
        wall, cpu = time.perf_counter() - wall, _cpu() - cpu
    return count / wall, 1000 * cpu / count


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.transport")
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(theirs,), daemon=True)
    server.start()
    base = f"http://127.0.0.1:{ours.recv()}"
    wrong = 0
    print(f"{'client':38} {'answer':>7} {'in flight':>9} {'messages/s':>11} {'CPU ms/message':>15}")
    for delay in (0.0, 0.08):
        for in_flight in (8, 32, 128):
            for name in CONTENDERS:
                count = _count(delay, in_flight, quick=quick)
                ours.send(delay)
                before = ours.recv()
                rate, cpu = asyncio.run(measure(name, base, in_flight, count))
                ours.send(delay)
                taken = ours.recv() - before - in_flight
                wrong += taken != count
                print(f"{name:38} {1000 * delay:4.0f} ms {in_flight:9} {rate:11.0f} {cpu:15.3f}", flush=True)
    ours.send(None)
    server.join(5)
    print("the server counted what was sent" if not wrong else f"{wrong} counts differ")
    return 1 if wrong else 0


def _count(delay: float, in_flight: int, *, quick: bool) -> int:
    if not delay:
        return 500 if quick else 3000
    return in_flight * (4 if quick else 12)


if __name__ == "__main__":
    sys.exit(main())
