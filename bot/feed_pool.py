"""Reads feeds' documents, and pages, in processes that are kept warm and killed when one takes too long."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import suppress
from datetime import datetime
from typing import Any, Literal

import orjson

from bot.feed_worker import MEMORY
from handlers.feed_parsed import FeedError, Parsed, ParsedEntry

SECONDS = 4.0
"""A document's time, from the moment a worker is begun or handed it; with the killing it is over in five."""

_OUT_OF_TIME = frozenset({-signal.SIGXCPU, -signal.SIGKILL})  # how the kernel ends a worker
_SERVED = 500  # documents until a worker is replaced: what it gathered goes with it
_DYING = 0.5  # seconds from the last byte to the end of a process
_ANSWER = 64 << 20  # bytes; the longest honest one is as long as the document


class FeedPool:
    """At most `workers` documents at a time; the others wait.

    A worker is killed when `seconds` are over for a document; only that document is refused. `kind`
    is what workers are warm for: they import what it takes before the first document.
    """

    def __init__(
        self, workers: int = 2, *, seconds: float = SECONDS, kind: Literal["feed", "page"] = "feed"
    ) -> None:
        self._kind = kind
        self._free = asyncio.Semaphore(workers)
        self._idle: list[_Worker] = []
        self._seconds = seconds

    async def read(
        self, data: bytes, *, url: str, now: datetime, content_type: str = "", zone: str = "UTC"
    ) -> Parsed:
        """What a feed says. Raises FeedError: error.feed_{slow,memory,crashed} and those of read_feed."""
        head = {"kind": "feed", "url": url, "now": now.isoformat(), "zone": zone}
        return _parsed((await self._answered({**head, "content_type": content_type}, data))["parsed"])

    async def article(self, data: bytes, *, content_type: str = "") -> str:
        """The article on a page, "" for none. Raises FeedError: error.feed_{slow,memory,crashed,broken}."""
        head = {"kind": "article", "url": "", "content_type": content_type}
        return str((await self._answered(head, data))["text"])

    async def page(self, data: bytes, *, url: str, content_type: str = "") -> str:
        """A page's text, title first. Raises FeedError with the keys above and those of text_of."""
        head = {"kind": "page", "url": url, "content_type": content_type}
        return str((await self._answered(head, data))["text"])

    async def _answered(self, head: dict[str, str], data: bytes) -> dict[str, Any]:
        job = orjson.dumps({**head, "size": len(data)}) + b"\n"
        async with self._free:
            until = asyncio.get_running_loop().time() + self._seconds
            answer = await self._ask(job, data, until)
            if answer.get("key") == "error.feed_memory" and answer["used"]:
                answer = await self._ask(job, data, until)  # what others left behind may have been too much
        if "key" not in answer:
            return answer
        words = answer["words"]
        if answer["key"] == "error.feed_memory":
            words = {"limit": f"{MEMORY >> 20}"}
        raise FeedError(answer["key"], **words)

    async def _ask(self, job: bytes, data: bytes, until: float) -> dict[str, Any]:
        worker = self._idle.pop() if self._idle else self._hired()
        kept = False
        try:
            async with asyncio.timeout_at(until):
                await worker.start(self._seconds)
                answer = await worker.ask(job, data)
            kept = worker.served < _SERVED and answer.get("key") != "error.feed_memory"
        except TimeoutError:
            answer = self._slow()
        except (OSError, EOFError, ValueError):  # it died
            await worker.gone()
            await worker.end()
            crashed = {"key": "error.feed_crashed", "words": {}}
            answer = self._slow() if worker.code in _OUT_OF_TIME else crashed
        finally:
            if kept:
                self._idle.append(worker)
            else:
                await worker.end()
        return {**answer, "used": worker.served > 1}

    def _slow(self) -> dict[str, Any]:
        return {"key": "error.feed_slow", "words": {"seconds": f"{self._seconds:g}"}}

    def _hired(self) -> _Worker:
        return _Worker(self._kind)

    async def close(self) -> None:
        """End every worker."""
        await asyncio.gather(*(worker.end() for worker in self._idle))
        self._idle.clear()


class _Worker:
    """One process."""

    def __init__(self, kind: str) -> None:
        self.served = 0
        self._kind = kind
        self._process: asyncio.subprocess.Process | None = None

    @property
    def code(self) -> int:
        """How it ended, as a process's exit code; 0 while it runs."""
        return (self._process.returncode if self._process is not None else None) or 0

    async def start(self, seconds: float) -> None:
        """Begin, if it did not yet. It sees none of this process's environment: that holds tokens."""
        if self._process is None:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "bot.feed_worker",
                f"{seconds:g}",
                self._kind,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env={name: os.environ[name] for name in ("PATH", "PYTHONPATH", "LANG") if name in os.environ},
            )

    async def ask(self, job: bytes, data: bytes) -> dict[str, Any]:
        """The answer to one job. EOFError when the process ended, ValueError when it says nonsense."""
        process = self._process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        self.served += 1
        process.stdin.write(job)
        process.stdin.write(data)
        length = await process.stdout.readline()
        if not length:
            raise EOFError
        size = int(length)
        if size > _ANSWER:
            raise ValueError(size)
        found: dict[str, Any] = orjson.loads(await process.stdout.readexactly(size))
        return found

    async def gone(self) -> None:
        """Wait for a process that broke off: killing it now could lose how it ended, because what kills
        looks whether it still runs, and takes its code in passing.
        """
        if self._process is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(_DYING):
                    await self._process.wait()

    async def end(self) -> None:
        """Kill it, and wait until it and its pipes are gone."""
        process = self._process
        if process is None:
            return
        with suppress(ProcessLookupError):
            process.kill()
        if process.stdin is not None:
            process.stdin.close()
        if process.stdout is not None:
            with suppress(ValueError, OSError):
                while await process.stdout.read(1 << 16):
                    pass
        await process.wait()


def _parsed(found: dict[str, Any]) -> Parsed:
    entries = tuple(
        ParsedEntry(
            each["guid"],
            each["url"],
            each["title"],
            each["text"],
            datetime.fromisoformat(each["published"]) if each["published"] else None,
        )
        for each in found["entries"]
    )
    return Parsed(
        found["title"],
        found["site"],
        found["language"],
        entries,
        found["lifetime"],
        tuple(found["skip_hours"]),
        tuple((key, tuple((name, value) for name, value in words)) for key, words in found["problems"]),
    )
