"""Proof 7: python -m tests.chaos.fuzz [--seed N] [--count 200000]: junk at every HTTP route.

Requests are made of what routes know (paths, methods, headers, bodies of real deliveries) and
spoilt; they go straight into the application that is served. None is answered with 5xx, none
without a valid signature or secret reaches a door or the store. The last line is the summary.
"""

# ruff: noqa: E501

from __future__ import annotations

import argparse
import asyncio
import hmac
import json
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

from bot.slack_transport import dispatch
from bot.telegram_webhook import Webhook
from bot.web import PATH, TELEGRAM_HEADER, TELEGRAM_PATH, Handler, web_app
from tests.build import NOON

SIGNING = "fuzz-signing-secret"
SECRET = "fuzz-webhook-secret"

Headers = list[tuple[bytes, bytes]]

_METHODS = ("GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE", "CONNECT", "P\u00d6ST", "")
_PATHS = (PATH, TELEGRAM_PATH, "/healthz", "/", "//", "/..", "/%00", "/telegram", "/slack/events/", "*")
_NAMES = (
    TELEGRAM_HEADER, "x-slack-signature", "x-slack-request-timestamp", "x-slack-retry-num", "content-type",
    "content-length", "content-encoding", "host", "cookie", "transfer-encoding", "authorization", "expect",
)  # fmt: skip
_TYPES = ("application/json", "application/x-www-form-urlencoded", "text/plain", "multipart/form-data", "")
_STAMPS = ("", "abc", "nan", "-1", "9" * 5000, "1e9", " ", "\u0663\u0664", "0x10", str(int(NOON.timestamp())))


@dataclass
class Report:
    """What came of a run. `let_in` reached a door, all of them with a valid signature or secret."""

    count: int
    seed: int
    statuses: Counter[int] = field(default_factory=Counter)
    let_in: int = 0
    unverified: int = 0
    slowest: float = 0.0
    grown: float = 0.0
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        verdict = "ok" if not self.wrong else "FAILED: " + "; ".join(self.wrong[:5])
        statuses = " ".join(f"{status}:{count}" for status, count in sorted(self.statuses.items()))
        return (
            f"fuzz: {self.count} requests, {statuses}, let in {self.let_in}, unverified {self.unverified},"
            f" p99 {1000 * self.slowest:.2f} ms, memory +{self.grown:.1f} MB, seed {self.seed},"
            f" {self.seconds:.0f} s: {verdict}"
        )


class Doors:
    """Both doors as the web sees them, with real parsing behind; counts what reaches their inbox."""

    signing_secret = SIGNING
    webhook_secret = SECRET

    def __init__(self) -> None:
        self.kept = 0
        self.webhook = Webhook()
        self.webhook.desk = self  # type: ignore[assignment]

    full = False

    async def take(self, raw: Mapping[str, Any]) -> None:
        json.dumps(raw)
        self.kept += 1

    async def _take(self, body: object) -> tuple[int, str]:
        self.kept += 1
        return 200, ""

    def handler(self) -> Handler:
        async def handle(body: bytes, headers: Mapping[str, str]) -> tuple[int, str, bytes]:
            return await dispatch(self._take, body, headers)

        return handle


def junk(random: Random) -> bytes:
    """A body: nothing, noise, deep or broken JSON, forms, or a real delivery with bytes turned."""
    draw = random.randrange(10)
    if draw == 0:
        return b""
    if draw == 1:
        return random.randbytes(random.randrange(200))
    if draw == 2:
        return random.choice((b"[", b'{"a":', b"[[],")) * random.choice((10, 1000, 50_000))
    if draw == 3:
        return b'{"update_id": %s}' % random.choice(
            (b"1e999", b"NaN", b"9" * 5000, b"-1", b"true", b"1.5", b"null", b'"1"', b"9" * 19)
        )
    if draw == 4:
        return random.choice(
            (b"payload=", b"payload=[1]", b"payload={}&x", b"command=%2Fcompany&text=%ff", b"a=%")
        )
    real = json.dumps(random.choice(_REAL)).encode()
    spoilt = bytearray(real)
    for _ in range(random.choice((0, 1, 1, 3, 10))):
        spoilt[random.randrange(len(spoilt))] = random.randrange(256)
    return bytes(spoilt)


_REAL: tuple[dict[str, Any], ...] = (
    {"update_id": 7, "message": {"message_id": 1, "date": 1, "chat": {"id": 1, "type": "private"}, "text": "/x"}},
    {"update_id": 8, "callback_query": {"id": "q", "from": {"id": 1, "is_bot": False}, "data": "/x"}},
    {"update_id": 9, "message": {"text": "\ud83d", "chat": []}},
    {"type": "event_callback", "team_id": "T1", "event_id": "E1", "event": {"type": "app_mention", "text": "x"}},
    {"type": "url_verification", "challenge": "x"},
    {"type": "block_actions", "actions": [{"value": "/x"}], "container": {"channel_id": "C1"}},
)  # fmt: skip


def signed(body: bytes, stamp: str = "") -> Headers:
    stamp = stamp or str(int(NOON.timestamp()))
    made = hmac.new(SIGNING.encode(), b"v0:" + stamp.encode() + b":" + body, sha256).hexdigest()
    return [(b"x-slack-request-timestamp", stamp.encode()), (b"x-slack-signature", f"v0={made}".encode())]


def headers(random: Random, body: bytes) -> tuple[Headers, bool]:
    """Headers, and whether one of them lets the body in by Slack's or Telegram's way."""
    found: Headers = []
    for _ in range(random.randrange(5)):
        name = random.choice(_NAMES) if random.random() < 0.9 else random.randbytes(5).hex()
        value = random.choice(
            (
                random.choice(_TYPES),
                random.choice(_STAMPS),
                "v0=" + "0" * 64,
                SECRET[:-1],
                SECRET + "0",
                "\u00e9",
                "*",
            )
        )
        found.append((name.encode(), value.encode("utf-8")))
    verified = random.random() < 0.15
    if verified:
        found = [one for one in found if one[0].decode() not in _NAMES[:3] and one[0] != b"content-type"]
        kind = random.choice(_TYPES[:2]).encode()
        found += [*signed(body), (TELEGRAM_HEADER.encode(), SECRET.encode()), (b"content-type", kind)]
    return found, verified


async def ask(app: Any, method: str, path: str, given: Headers, body: bytes, random: Random) -> int:
    """One request into the application; its status. Whatever it raises is raised."""
    cuts = sorted(random.sample(range(len(body) + 1), min(2, len(body) + 1)))
    pieces = [body[a:b] for a, b in zip([0, *cuts], [*cuts, len(body)], strict=True)]
    statuses: list[int] = []

    async def receive() -> dict[str, Any]:
        piece = pieces.pop(0) if pieces else b""
        return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    raw, _, query = path.partition("?")
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
        "path": raw, "raw_path": raw.encode("utf-8"), "query_string": query.encode("utf-8"), "root_path": "",
        "headers": given, "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 2),
    }  # fmt: skip
    await app(scope, receive, send)
    return statuses[0]


async def fuzz(count: int, seed: int) -> Report:
    random, doors, report = Random(seed), Doors(), Report(count, seed)

    def clock() -> datetime:
        return NOON

    app = web_app(doors, doors, clock=clock)
    took: list[float] = []
    before, begun = _memory(), time.monotonic()
    for number in range(count):
        path = random.choice(_PATHS[:3]) if random.random() < 0.8 else random.choice(_PATHS)
        path += random.choice(("", "", "", "?ssl_check=1", "?" + "x" * 100, "?%ff&=;"))
        method = "POST" if random.random() < 0.7 else random.choice(_METHODS)
        body = junk(random)
        given, verified = headers(random, body)
        kept, at = doors.kept, time.perf_counter()
        try:
            status = await ask(app, method, path, given, body, random)
        except Exception as error:  # noqa: BLE001 - this is what is looked for
            report.wrong.append(f"request {number} raised {type(error).__name__}: {error}"[:120])
            continue
        took.append(time.perf_counter() - at)
        report.statuses[status] += 1
        report.let_in += doors.kept > kept
        report.unverified += doors.kept > kept and not verified
        if status >= 500:
            report.wrong.append(f"request {number} {method} {path[:30]} was answered with {status}")
    report.slowest = sorted(took)[int(len(took) * 0.99)]
    report.grown, report.seconds = _memory() - before, time.monotonic() - begun
    if report.unverified:
        report.wrong.append(f"{report.unverified} unverified requests had an effect")
    if not report.let_in:
        report.wrong.append("no request was let in: the run proves nothing")
    return report


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def proof(folder: Path, seed: int, until: float) -> Iterator[Report]:
    """As tests.chaos runs it: the whole of it."""
    del folder, until
    yield asyncio.run(fuzz(200_000, seed))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.fuzz")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=200_000)
    options = parser.parse_args()
    report = asyncio.run(fuzz(options.count, options.seed))
    sys.stdout.write(f"{report}\n")
    return 1 if report.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
