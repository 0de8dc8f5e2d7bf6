"""A process that reads feeds' documents and pages, one after the other, and may be killed at any moment.

A job is a line of JSON and `size` bytes on standard input; the answer is a line with its length and as
many bytes of JSON on standard output. JSON and not pickle: what reads hostile bytes is not trusted.
"""

from __future__ import annotations

import resource
import sys
from datetime import UTC, datetime
from typing import Any

import orjson

from handlers.article import article, page_text
from handlers.errors import Refusal
from handlers.feed_reading import read_feed

MEMORY = 256 << 20
"""Bytes of address space. A worker that has read nothing yet has some 70 MB."""

_PAGE = b"<html><body><p>.</p></body></html>"
_WARM = b"<rss><channel><item><description>&lt;p&gt;&lt;/p&gt;</description></item></channel></rss>"


def main() -> None:
    """Work until standard input ends. Usage: feed_worker SECONDS KIND.

    SECONDS of processor time a document; KIND it is warm for, "feed" or "page".
    """
    seconds, kind = float(sys.argv[1]), sys.argv[2]
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _warm(kind)
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while head := source.readline():
        job = orjson.loads(head)
        _allow(seconds)
        answer = _answer(job, source.read(job["size"]))
        sink.write(b"%d\n" % len(answer) + answer)
        sink.flush()


def _warm(kind: str) -> None:
    """The first document pays for no import."""
    if kind == "page":
        article(_PAGE)
        return
    for fast in (True, False):
        read_feed(_WARM, url="https://news.example/", now=datetime(2000, 1, 1, tzinfo=UTC), fast=fast)


def _allow(seconds: float) -> None:
    """Let the kernel end this process when one document takes more processor time."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(used.ru_utime + used.ru_stime + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def _answer(job: dict[str, Any], data: bytes) -> bytes:
    try:
        if job["kind"] != "feed":
            return orjson.dumps({"text": _text(job, data)})
        found = read_feed(
            data,
            url=job["url"],
            now=datetime.fromisoformat(job["now"]),
            content_type=job["content_type"],
            zone=job["zone"],
        )
        return orjson.dumps({"parsed": found})
    except Refusal as error:
        return orjson.dumps({"key": error.key, "words": error.words})
    except MemoryError:
        return b'{"key":"error.feed_memory","words":{}}'
    except Exception as error:  # noqa: BLE001 - a document made to break it says so and no more
        return orjson.dumps({"key": "error.feed_broken", "words": {"detail": type(error).__name__}})


def _text(job: dict[str, Any], data: bytes) -> str:
    if job["kind"] == "article":
        return article(data, job["content_type"])
    return page_text(data, url=job["url"], content_type=job["content_type"])


if __name__ == "__main__":
    main()
