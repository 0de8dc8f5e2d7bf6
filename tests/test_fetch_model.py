"""The language model's client against a local server that behaves well, badly and worse."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

import pytest

from bot.fetch_model import model_at
from handlers.newsroom.retelling import ModelBusy

Answer = Callable[[dict[str, Any], bytes], bytes]


def http(body: bytes | dict[str, Any], status: str = "200 OK", *headers: str) -> bytes:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(data)}", "Connection: close", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + data


def chat(content: object, **usage: int) -> bytes:
    return http({"choices": [{"message": {"content": content}}], "usage": usage})


@asynccontextmanager
async def a_server(answer: Answer) -> AsyncIterator[str]:
    """A server that answers each question with what `answer` makes of it (its JSON, its head)."""

    serving: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        serving.add(task)
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            rows = head.lower().split(b"\r\n")
            length = next(int(row[15:]) for row in rows if row.startswith(b"content-length:"))
            said = answer(json.loads(await reader.readexactly(length)), head)
            writer.write(said)
            if not said:
                await reader.read()  # until the client gives up
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    finally:
        for _ in range(3):
            await asyncio.sleep(0)  # a connection that was just taken gets its task
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)
        server.close()
        await server.wait_closed()


async def test_a_question_is_two_messages_and_offers_no_tools() -> None:
    asked: list[tuple[dict[str, Any], bytes]] = []

    def answer(question: dict[str, Any], head: bytes) -> bytes:
        asked.append((question, head))
        return chat("words", total_tokens=42)

    async with a_server(answer) as base:
        said = await model_at(base, key="sk-1", name="small")("rules", "data")
    assert (said.text, said.tokens) == ("words", 42)
    [(question, head)] = asked
    assert head.startswith(b"POST /v1/chat/completions ")
    assert b"authorization: bearer sk-1" in head.lower()
    assert set(question) == {"model", "temperature", "max_tokens", "messages"}
    assert [message["role"] for message in question["messages"]] == ["system", "user"]


@pytest.mark.parametrize(
    ("answer", "wait"),
    [
        (http(b"", "429 Too Many Requests", "Retry-After: 120"), timedelta(minutes=2)),
        (http(b"", "429 Too Many Requests", "Retry-After: Wed, 21 Oct 2026 07:28:00 GMT"), None),
        (http(b"", "500 Internal Server Error"), None),
        (http(b"", "302 Found", "Location: http://127.0.0.1:1/steal"), None),
        (http(b"not json"), None),
        (http(b"[" * 5_000), None),
        (http({"choices": []}), None),
        (http({"choices": "no"}), None),
        (http(b"x" * 200_000), None),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf", None),
        (b"garbage\r\n\r\n", None),
    ],
)
async def test_whatever_goes_wrong_is_one_kind_of_busy(answer: bytes, wait: timedelta | None) -> None:
    async with a_server(lambda *_: answer) as base:
        with pytest.raises(ModelBusy) as busy:
            await model_at(base, key="secret-key", name="small")("rules", "data")
    assert busy.value.wait == wait
    assert "secret-key" not in str(busy.value)


async def test_a_model_that_says_nothing_is_given_up() -> None:
    async with a_server(lambda *_: b"") as base:
        with pytest.raises(ModelBusy):
            await model_at(base, key="", name="small", seconds=0.3)("rules", "data")


async def test_nobody_at_the_address_is_busy_too() -> None:
    with pytest.raises(ModelBusy):
        await model_at("http://127.0.0.1:1/v1", key="", name="small")("rules", "data")


async def test_an_answer_that_calls_a_tool_says_nothing() -> None:
    message = {"content": None, "tool_calls": [{"function": {"name": "open", "arguments": "{}"}}]}
    async with a_server(lambda *_: http({"choices": [{"message": message}]})) as base:
        assert (await model_at(base, key="", name="small")("rules", "data")).text == ""
