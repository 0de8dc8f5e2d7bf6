"""The transport: each request once, what it did is known, and the token stays inside."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from telegram.error import NetworkError, TelegramError, TimedOut
from telegram.request import RequestData
from telegram.request._requestparameter import RequestParameter

from bot import telegram_transport
from bot.telegram_transport import FILE, Progress, Transport, watching
from tests.chaos.shapes import Link, Script, Server

TOKEN = "4242:AAcanaryCANARYcanaryCANARYcanaryCANARY"


@asynccontextmanager
async def served(script: Script) -> AsyncIterator[tuple[Server, str]]:
    server = Server("telegram", script)
    async with server.listening() as base:
        yield server, f"{base}/bot{TOKEN}/sendMessage"


@pytest.fixture
async def transport() -> AsyncIterator[Transport]:
    transport = Transport(read_timeout=5)
    yield transport
    await transport.shutdown()


def data(**given: object) -> RequestData:
    return RequestData([RequestParameter.from_input(name, value) for name, value in given.items()])


async def test_parameters_go_as_json_and_the_answer_comes_back(transport: Transport) -> None:
    bodies: list[bytes] = []

    async def script(link: Link) -> None:
        _, length = await link.head()
        bodies.append(await link.reader.readexactly(length))
        link.answer(200, b'{"ok": true, "result": 5}')

    async with served(script) as (_, url):
        assert await transport.post(url, data(chat_id=1, text="간보 🥡", reply_markup={"a": [1]})) == 5

    text = '{"chat_id":1,"text":"간보 🥡","reply_markup":{"a":[1]}}'
    assert bodies == [text.encode()]


async def test_progress_tells_how_far_a_request_came(transport: Transport) -> None:
    steps: list[tuple[bool, bool]] = []

    async def script(link: Link) -> None:
        await link.request()
        steps.append((progress.written, progress.answered))
        link.answer(200, b'{"ok": true, "result": 5}')

    progress = Progress(went=lambda: steps.append((progress.written, progress.answered)))
    async with served(script) as (_, url):
        with watching(progress):
            await transport.post(url, data(text="x"))

    assert steps == [(False, False), (True, False)]
    assert progress.answered


async def test_when_the_note_before_the_first_byte_fails_no_byte_leaves(transport: Transport) -> None:
    seen: list[bytes] = []

    async def script(link: Link) -> None:
        seen.append(await link.reader.read(-1))

    def full() -> None:
        raise OSError("the disk is full")

    async with served(script) as (server, url):
        progress = Progress(went=full)
        with watching(progress), pytest.raises(NetworkError):
            await transport.post(url, data(text="x"))
        await transport.shutdown()
        server.over.set()
        for _ in range(100):
            await asyncio.sleep(0)

    assert not progress.written
    assert b"".join(seen) == b""


async def test_errors_name_no_address(transport: Transport) -> None:
    async def script(link: Link) -> None:
        await link.head()
        link.reset()

    async with served(script) as (_, url):
        with pytest.raises(NetworkError) as raised:
            await transport.post(url, data(text="x"))

    assert "CANARY" not in f"{raised.value} {raised.value!r}"
    assert raised.value.__suppress_context__


async def test_a_file_without_a_length_is_read_as_far_as_it_may_be(transport: Transport) -> None:
    async def script(link: Link) -> None:
        await link.head()
        link.writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        for _ in range(FILE // 65536 + 20):
            link.writer.write(b"x" * 65536)
            await link.writer.drain()

    async with served(script) as (_, url):
        with pytest.raises(NetworkError, match="too large"):
            await transport.retrieve(url.replace("/bot", "/file/bot"))


async def test_no_answer_is_a_timeout() -> None:
    async def script(link: Link) -> None:
        await link.hang()

    impatient = Transport(read_timeout=0.05)
    async with served(script) as (_, url):
        with pytest.raises(TimedOut):
            await impatient.post(url, data(text="x"))
    await impatient.shutdown()


async def test_it_opens_again_after_it_was_closed(transport: Transport) -> None:
    async def script(link: Link) -> None:
        await link.request()
        link.answer(200, b'{"ok": true, "result": 5}')

    async with served(script) as (_, url):
        assert await transport.post(url, data(text="x")) == 5
        await transport.shutdown()
        await transport.shutdown()
        await transport.initialize()
        assert await transport.post(url, data(text="x")) == 5


@pytest.mark.parametrize("payload", [b"", b"<html>", b"[1]", b"5", b"\xff", b"[" * 200_000])
def test_an_answer_that_is_no_object_is_said_to_be_none(
    payload: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(TelegramError, match="Invalid server response"):
        Transport.parse_json_payload(payload)
    assert caplog.text == ""


def test_the_environments_proxy_is_used_but_not_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telegram_transport, "getproxies", lambda: {"https": "http://proxy.example:3128"})
    monkeypatch.setattr(telegram_transport, "proxy_bypass", lambda host: host == "near.example")
    telegram_transport._proxy_for.cache_clear()
    try:
        assert telegram_transport._proxy("https://api.telegram.org/x") == "http://proxy.example:3128"
        assert telegram_transport._proxy("https://near.example/x") is None
        assert telegram_transport._proxy("http://127.0.0.1:8081/x") is None
    finally:
        telegram_transport._proxy_for.cache_clear()


def test_the_module_does_not_load_aiohttp() -> None:
    code = "import sys, bot.telegram_transport; print('aiohttp' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
