"""What a pushed message costs, and how much of the allowed rate is reached: ours beside others.

`python -m bench.push [--quick]` sends for some seconds at 30 and at 1000 messages a second to one
server on loopback (its own process), which answers at once, then after 80 ms. Clients without a
limiter of their own are paced by a schedule, 128 in flight at most; ours go as the bare door and as
the real sender: bookings composed, marked and settled in the ledger, through the Telegram door.
Processor time is this process's alone; the share counts from the first message to the last answer.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

from bench.transport import TEXT, TOKEN, Once, _cpu, raw_aiohttp, raw_httpx, serve
from bot import garbage

AT_ONCE = 128
_PATIENCE = 2  # times as long as the rate asks for, then a client is not waited for any more
Took = tuple[int, float, float]  # messages, seconds, seconds of processor
Way = Callable[[str, int, int], Coroutine[Any, Any, Took]]


@asynccontextmanager
async def aiogram_bot(base: str, in_flight: int) -> AsyncIterator[Once]:
    from aiogram import Bot
    from aiogram.client.session.aiohttp import AiohttpSession
    from aiogram.client.telegram import TelegramAPIServer

    session = AiohttpSession(api=TelegramAPIServer.from_base(base), limit=in_flight)
    bot = Bot(TOKEN, session=session)
    yield lambda: bot.send_message(1, TEXT, parse_mode="HTML")
    await session.close()


@asynccontextmanager
async def door(base: str, in_flight: int) -> AsyncIterator[Once]:
    """One send as the Telegram door makes it, its answer judged."""
    from telegram import Bot

    from bot.telegram_render import Part
    from bot.telegram_send import send
    from bot.telegram_transport import Transport
    from store.model import Chat

    transport, chat, part = Transport(pool=in_flight), Chat("telegram", "4242", "1"), Part(TEXT, TEXT)
    bot = Bot(TOKEN, base_url=f"{base}/bot", request=transport, get_updates_request=transport)

    async def once() -> None:
        outcome = await send(bot, chat, part, lambda _: "", silent=False, chat_scope=False)
        assert outcome.kind == "sent"

    yield once
    await transport.shutdown()


def paced(client: Callable[[str, int], object]) -> Way:
    """A client without a limiter: each message at its moment of the schedule."""

    async def run(base: str, rate: int, count: int) -> Took:
        async with client(base, AT_ONCE) as once:  # type: ignore[attr-defined]
            await once()
            room = asyncio.Semaphore(AT_ONCE)

            async def one() -> None:
                try:
                    await once()
                finally:
                    room.release()

            begun, cpu = time.perf_counter(), _cpu()
            tasks = []
            for number in range(count):
                await room.acquire()
                if time.perf_counter() - begun > _PATIENCE * count / rate:
                    break
                late = begun + number / rate - time.perf_counter()
                if late > 0:
                    await asyncio.sleep(late)
                tasks.append(asyncio.create_task(one()))
            await asyncio.gather(*tasks)
            return len(tasks), time.perf_counter() - begun, _cpu() - cpu

    return run


async def ptb_limited(base: str, rate: int, count: int) -> Took:
    """python-telegram-bot as its manual has it: its own client, and its AIORateLimiter."""
    from telegram.ext import AIORateLimiter, ExtBot
    from telegram.request import HTTPXRequest

    client = HTTPXRequest(connection_pool_size=AT_ONCE, pool_timeout=60)
    limiter = AIORateLimiter(overall_max_rate=rate, overall_time_period=1)
    bot = ExtBot(TOKEN, base_url=f"{base}/bot", request=client, rate_limiter=limiter)
    await client.initialize()
    room = asyncio.Semaphore(AT_ONCE)

    sent = 0

    async def one(number: int) -> None:
        nonlocal sent
        async with room:
            if time.perf_counter() - begun < _PATIENCE * count / rate:
                await bot.send_message(number, TEXT, parse_mode="HTML")
                sent += 1

    begun, cpu = time.perf_counter(), _cpu()
    await asyncio.gather(*(one(number) for number in range(1, count + 1)))
    took = time.perf_counter() - begun, _cpu() - cpu
    await client.shutdown()
    return sent, *took


async def ours(base: str, rate: int, count: int) -> Took:
    """The real sender and ledger, through the door that ships."""
    from bot.telegram import TelegramDoor
    from handlers.ahead import SLICE, ahead
    from handlers.deliver import drain
    from handlers.door import Rates
    from handlers.limits import Pacer
    from handlers.weekly import plan
    from store.bundle import Store
    from store.sqlite import open_ledger
    from store.tiny import open_library
    from tests.chaos.sender import SLOT, catalogue, prepare

    async def silent(*_: object) -> None:
        return None

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder, chats=count, parts=1, policy="at_most_once")
        ledger, library = open_ledger(folder), open_library(folder)
        store = Store(library, ledger, catalogue())
        begun, cpu = time.perf_counter(), _cpu()

        def clock() -> datetime:
            return SLOT + timedelta(seconds=time.perf_counter() - begun)

        rates = Rates(rate, 1, 20)
        ships = TelegramDoor(TOKEN, api_base=base, store=store, answer=silent, clock=clock, rates=rates)
        pacer, sent = Pacer({"telegram": rates}), 0

        while sent < count and time.perf_counter() - begun < _PATIENCE * count / rate:
            plan(store, now=clock(), limit=SLICE)
            more = ahead(store, clock)
            told = await drain(store, {"telegram": ships}, pacer, clock=clock, ahead=more)
            sent += told.sent
            if told.next_at is not None and sent < count:
                await asyncio.sleep(min(max((told.next_at - clock()).total_seconds(), 0), 1))
        took = time.perf_counter() - begun, _cpu() - cpu
        await ships.bot.request.shutdown()
        ledger.close()
        library.close()
    return sent, *took


WAYS: dict[str, Way] = {
    "httpx alone": paced(raw_httpx),
    "aiohttp alone": paced(raw_aiohttp),
    "aiogram": paced(aiogram_bot),
    "python-telegram-bot, AIORateLimiter": ptb_limited,
    "ours, the door alone": paced(door),
    "ours, sender and ledger": ours,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.push")
    parser.add_argument("--quick", action="store_true")
    seconds = 1.5 if parser.parse_args().quick else 4
    pipe, theirs = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(theirs,), daemon=True)
    server.start()
    base = f"http://127.0.0.1:{pipe.recv()}"
    wrong = 0
    rows = []
    for name in ("aiogram", "telegram.ext", "bot.telegram"):  # none pays for another's imports
        with suppress(ImportError):
            import_module(name)
    garbage.seldom()  # as bot/run.py does, for all of them
    for delay in (0.0, 0.08):
        for rate in (30, 1000):
            count = int(rate * seconds)
            for name, way in WAYS.items():
                pipe.send(delay)
                before = pipe.recv()
                try:
                    sent, took, cpu = asyncio.run(way(base, rate, count))
                except (ImportError, RuntimeError) as error:  # a contender that is not installed whole
                    rows.append(f"{name:38} {1000 * delay:4.0f} ms {rate:6}  not measured: {error}")
                    continue
                pipe.send(delay)
                wrong += pipe.recv() - before < sent
                share = min(sent / (rate * took), 1.0)
                told = f"{name:38} {1000 * delay:4.0f} ms {rate:6} {sent / took:11.0f}"
                rows.append(f"{told} {share:7.1%} {1000 * cpu / max(sent, 1):9.3f}")
                print(rows[-1], file=sys.stderr, flush=True)
    pipe.send(None)
    server.join(5)
    print(f"{'client':38} {'answer':>7} {'rate':>6} {'messages/s':>11} {'share':>7} {'CPU ms':>9}")
    print("\n".join(rows))
    print("the server counted what was sent" if not wrong else f"{wrong} counts are too small")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
