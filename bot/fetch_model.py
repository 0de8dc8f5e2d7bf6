"""A language model behind an OpenAI-compatible address: one question, one answer, nothing else.

No tools are offered, no history is kept, no redirect is followed (the key would go along), and an
answer is bounded in size and time. The address is the operator's own, so it may be on this machine.
"""

from __future__ import annotations

import asyncio
import json
import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from handlers.newsroom.retelling import Model, ModelBusy, Said

if TYPE_CHECKING:
    import httpx

SECONDS = 30.0
_ANSWER = 100_000  # bytes
_TOKENS = 400  # of an answer; two sentences of Hangul take about 150


def model_at(base: str, *, key: str, name: str, seconds: float = SECONDS) -> Model:
    """The model `name` at an address like https://HOST/v1; `key` "" sends none."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}

    async def ask(instructions: str, data: str) -> Said:
        import httpx

        for library in ("httpx", "httpcore"):
            logging.getLogger(library).setLevel(logging.WARNING)
        question = {
            "model": name,
            "temperature": 0,
            "max_tokens": _TOKENS,
            "messages": [
                {"role": "system", "content": instructions},
                {"role": "user", "content": data},
            ],
        }
        try:
            async with (
                asyncio.timeout(seconds),
                httpx.AsyncClient(trust_env=False, timeout=seconds, headers=headers) as client,
                client.stream("POST", f"{base.rstrip('/')}/chat/completions", json=question) as response,
            ):
                answer = await _bounded(response)
        except TimeoutError as error:
            raise ModelBusy(f"no answer in {seconds:g} s") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ModelBusy(type(error).__name__) from error
        return _said(response.status_code, answer, response.headers)

    return ask


async def _bounded(response: httpx.Response) -> bytes:
    found = bytearray()
    async for piece in response.aiter_bytes():
        found += piece
        if len(found) > _ANSWER:
            raise ModelBusy(f"its answer is longer than {_ANSWER} bytes")
    return bytes(found)


def _said(status: int, data: bytes, headers: httpx.Headers) -> Said:
    if status != 200:
        raise ModelBusy(f"status {status}", _wait(headers.get("retry-after", "")))
    try:
        answer: Any = json.loads(data)
        text = answer["choices"][0]["message"]["content"]
        tokens = answer.get("usage", {}).get("total_tokens", 0)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError) as error:
        raise ModelBusy(f"its answer cannot be read ({type(error).__name__})") from error
    counted = tokens if isinstance(tokens, int) and 0 <= tokens < 10**7 else 0
    return Said(text if isinstance(text, str) else "", counted)


def _wait(header: str) -> timedelta | None:
    return timedelta(seconds=min(int(header), 86_400)) if header.isdecimal() and len(header) < 10 else None
