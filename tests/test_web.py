"""The web: nothing is parsed that Slack did not sign, and nothing is let in twice."""

from __future__ import annotations

import asyncio
import hmac
import signal
from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from hashlib import sha256

import httpx
import pytest
from hypothesis import given, settings, strategies as st
from starlette.applications import Starlette

from bot.web import LARGEST, PATH, Handler, Signatures, WebServer, web_app
from tests.build import NOON

SECRET = "a secret of ours"


class Hooked:
    """A door that writes down what reaches it."""

    def __init__(self, secret: str = SECRET) -> None:
        self.signing_secret = secret
        self.taken: list[bytes] = []

    def handler(self) -> Handler:
        async def handle(body: bytes, headers: Mapping[str, str]) -> tuple[int, str, bytes]:
            self.taken.append(body)
            return 200, "application/json", b'{"seen":true}'

        return handle


class Time:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


def signed(body: bytes, at: datetime = NOON, secret: str = SECRET) -> dict[str, str]:
    stamp = str(int(at.timestamp()))
    digest = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, sha256).hexdigest()
    return {"x-slack-request-timestamp": stamp, "x-slack-signature": f"v0={digest}"}


def client(door: Hooked | None, time: Time, **options: float) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(web_app(door, clock=time, **options))  # type: ignore[arg-type]
    return httpx.AsyncClient(transport=transport, base_url="http://bot.example")


async def test_a_signed_body_reaches_the_door_once_as_it_came() -> None:
    door, body = Hooked(), '{"글": "한 줄"}'.encode()
    async with client(door, Time()) as web:
        first = await web.post(PATH, content=body, headers=signed(body))
        second = await web.post(PATH, content=body, headers=signed(body))
    assert (first.status_code, first.text, first.headers["content-type"]) == (
        200,
        '{"seen":true}',
        "application/json",
    )
    assert second.status_code == 401
    assert door.taken == [body]


def test_a_signature_is_good_for_five_minutes_either_way() -> None:
    time = Time()
    for seconds, good in ((300, True), (301, False), (-300, True), (-301, False)):
        time.now = NOON + timedelta(seconds=seconds)
        assert Signatures(SECRET, time).good(b"x", signed(b"x")) is good


def test_a_replay_is_known_for_as_long_as_its_signature_would_be_good() -> None:
    time = Time()
    signatures = Signatures(SECRET, time)
    time.now = NOON - timedelta(seconds=300)
    assert signatures.good(b"x", signed(b"x"))
    time.now = NOON + timedelta(seconds=299)
    assert not signatures.good(b"x", signed(b"x"))


def test_without_a_secret_nothing_is_good() -> None:
    assert not Signatures("", Time()).good(b"x", signed(b"x", secret=""))


header = st.text(st.characters(codec="utf-8"), max_size=90)


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=60), header, header)
def test_whatever_the_headers_hold_they_are_judged_and_nothing_is_raised(
    body: bytes, stamp: str, given_: str
) -> None:
    signatures = Signatures(SECRET, Time())
    assert not signatures.good(body, {"x-slack-request-timestamp": stamp, "x-slack-signature": given_})
    assert not signatures.good(body, {**signed(body), "x-slack-signature": given_})


async def posted(app: Starlette, chunks: AsyncIterator[bytes]) -> list[dict[str, object]]:
    """What the application answers to a body that comes as these chunks."""
    answers: list[dict[str, object]] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": await anext(chunks), "more_body": True}

    async def send(message: object) -> None:
        answers.append(message)  # type: ignore[arg-type]

    scope = {
        "type": "http",
        "method": "POST",
        "path": PATH,
        "raw_path": PATH.encode(),
        "query_string": b"",
        "headers": [],
        "http_version": "1.1",
        "scheme": "http",
        "server": ("x", 1),
        "client": ("y", 1),
        "root_path": "",
    }
    await app(scope, receive, send)
    return answers


async def test_a_body_too_large_is_refused_before_it_is_read_whole() -> None:
    door, sent = Hooked(), 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 1
            yield b"x" * 65536

    app = web_app(door, clock=Time())
    answers = await posted(app, endless())
    assert answers[0]["status"] == 413
    assert sent <= LARGEST // 65536 + 2
    assert door.taken == []


async def test_a_body_that_does_not_arrive_is_given_up() -> None:
    async def never() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    app = web_app(Hooked(), clock=Time(), slowest=0.01)
    answers = await posted(app, never())
    assert answers[0]["status"] == 408


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", PATH + "?ssl_check=1", 200),
        ("GET", PATH, 405),
        ("PUT", PATH, 405),
        ("POST", PATH, 401),
        ("GET", "/", 404),
        ("POST", "/healthz", 405),
    ],
)
async def test_other_requests_get_a_plain_refusal(method: str, path: str, status: int) -> None:
    async with client(Hooked(), Time()) as web:
        assert (await web.request(method, path)).status_code == status


@pytest.mark.parametrize("door", [None, Hooked("")])
async def test_without_a_signing_secret_there_is_no_slack_path(door: Hooked | None) -> None:
    async with client(door, Time()) as web:
        assert (await web.post(PATH, content=b"x", headers=signed(b"x"))).status_code == 404
        assert (await web.get("/healthz")).status_code == 200


@pytest.mark.parametrize(("fine", "status"), [(True, 200), (False, 503)])
async def test_healthz_says_how_it_is(fine: bool, status: int) -> None:
    transport = httpx.ASGITransport(web_app(None, clock=Time(), healthy=lambda: fine))
    async with httpx.AsyncClient(transport=transport, base_url="http://bot.example") as web:
        answer = await web.get("/healthz")
    assert (answer.status_code, answer.json()) == (status, {"ok": fine})


async def test_the_server_listens_lets_go_of_its_port_and_leaves_signals_alone() -> None:
    before = signal.getsignal(signal.SIGTERM)
    server = WebServer(("127.0.0.1", 0), None)
    await server.start()
    host, port = server.address
    async with httpx.AsyncClient() as web:
        assert (await web.get(f"http://{host}:{port}/healthz")).status_code == 200
    assert signal.getsignal(signal.SIGTERM) is before
    with pytest.raises(OSError, match="in use"):
        await WebServer((host, port), None).start()
    await server.stop()
    again = WebServer((host, port), None)
    await again.start()
    await again.stop()
