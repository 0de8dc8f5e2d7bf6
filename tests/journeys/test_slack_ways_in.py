"""Ways into the Slack door: opening it, what comes twice, what is refused, what strangers send."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from handlers.errors import Refusal
from store.errors import StoreFull
from store.model import Chat
from tests.fakes.slack import BOT, FakeSlack, Fault
from tests.journeys.slack_stage import Stage, Time, Transport, peopled, said, staged

JUNK = [
    "{",
    "[]",
    "[" * 100_000,
    '{"a":' * 50_000,
    "null",
    '"x"',
    "payload=[1]",
    "payload={",
    "{}",
    '{"type":"event_callback","event":3}',
    '{"command":3}',
    '{"type":"block_actions","actions":"x"}',
    '{"team":3,"user":[],"event":"x"}',
    '{"n":' + "9" * 5000 + "}",
]


@pytest.fixture(params=["http", "socket"])
async def stage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Stage]:
    transport: Transport = request.param
    async with staged(tmp_path, transport=transport) as made:
        peopled(made)
        yield made
        assert made.slack.violations == []


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(tmp_path) as made:
        peopled(made)
        yield made
        assert made.slack.violations == []


# opening


@pytest.mark.parametrize(
    ("method", "fault", "key"),
    [
        ("auth.test", Fault("error", error="invalid_auth"), "slack.token_refused"),
        ("apps.connections.open", Fault("error", error="not_allowed_token_type"), "slack.token_refused"),
        ("auth.test", Fault("reset"), "slack.unreachable"),
        ("apps.connections.open", Fault("garbage", body="{not json"), "slack.unreachable"),
    ],
)
async def test_a_door_that_cannot_open_says_why_and_holds_nothing(
    tmp_path: Path, method: str, fault: Fault, key: str
) -> None:
    time = Time()
    async with FakeSlack(time) as slack:
        slack.fail(method, fault)
        with pytest.raises(Refusal) as raised:
            async with staged(tmp_path, transport="socket", time=time, slack=slack):
                raise AssertionError("it opened")
        assert raised.value.key == key
        async with staged(tmp_path, transport="socket", time=time, slack=slack) as stage:
            assert stage.door.tenant == "T1"


async def test_an_enterprise_workspace_is_named_with_its_organisation(tmp_path: Path) -> None:
    time = Time()
    async with (
        FakeSlack(time, enterprise="E1") as slack,
        staged(tmp_path, time=time, slack=slack) as stage,
    ):
        peopled(stage)
        await said(stage, await stage.people.command("/subscribe", channel="C1", user="U1"))
        kept = stage.store.ledger.subscriber(Chat("slack", "E1/T1", "C1"))
        assert kept is not None


async def test_settings_in_the_environment_are_not_bolts_business(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (
        "SLACK_BOT_TOKEN",
        "SLACK_APP_TOKEN",
        "SLACK_SIGNING_SECRET",
        "SLACK_CLIENT_ID",
        "SLACK_CLIENT_SECRET",
    ):
        monkeypatch.setenv(name, "xoxb-of-another-app")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.chdir(tmp_path)
    for transport in ("http", "socket"):
        async with staged(tmp_path / transport, transport=transport) as stage:
            peopled(stage)
            await said(stage, await stage.people.command("/jianbao", "help", channel="C1", user="U1"))
            assert len(stage.slack.answers) == 1


# once, and only once


async def test_what_cannot_be_kept_is_not_acknowledged_and_comes_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(key: str, body: str, *, at: datetime) -> bool:
        raise StoreFull(path="ledger", detail="no space")

    body = stage.people.event_body(
        {"type": "app_mention", "user": "U1", "text": "help", "ts": "1.1", "channel": "C1"}
    )
    with monkeypatch.context() as patched:
        patched.setattr(type(stage.store.ledger), "receive", lambda *_, **__: full("", "", at=stage.time()))
        acked = await stage.people.again(body, seconds=0.2)
        assert acked.status in {0, 503}
    stage.time.now += timedelta(minutes=1)
    await said(stage, await stage.people.again(body, 1))
    assert len(stage.slack.answers) == 1


async def test_an_event_delivered_three_times_is_answered_once(stage: Stage) -> None:
    event = {"type": "app_mention", "user": "U1", "text": f"<@{BOT}> help", "ts": "1.1", "channel": "C1"}
    body = stage.people.event_body(event)
    for retry in range(3):
        stage.time.now += timedelta(minutes=2 * retry)
        await said(stage, await stage.people.again(body, retry))
    assert len(stage.slack.answers) == 1


async def test_what_was_acknowledged_and_not_answered_is_answered_after_a_restart(tmp_path: Path) -> None:
    time = Time()
    async with staged(tmp_path, time=time) as before:
        peopled(before)
        body = before.people.command_body("/jianbao", "help", channel="C1", user="U1")
        await before.door.stop()
        before.store.ledger.receive("slack:c:killed", json.dumps(body), at=time())
        before.store.ledger.close()
        before.store.library.close()
        time.now += timedelta(minutes=40)  # the response_url is dead by now
        async with staged(tmp_path, time=time, slack=before.slack) as after:
            await after.door.settled()
            assert [(m.to, m.via) for m in after.slack.answers] == [("U1", "chat.postEphemeral")]
            assert after.store.ledger.unhandled() == ()


async def test_a_socket_that_slack_refreshes_is_opened_again_and_loses_nothing(tmp_path: Path) -> None:
    async with staged(tmp_path, transport="socket") as stage:
        peopled(stage)
        await stage.slack.refresh()
        await said(stage, await stage.people.command("/jianbao", "help", channel="C1", user="U1"))
        assert len(stage.slack.answers) == 1
        assert stage.slack.calls["apps.connections.open"] == 2


# what strangers send


async def test_a_delivery_that_slack_did_not_sign_is_refused_without_a_word_of_ours(web: Stage) -> None:
    mention = {"type": "app_mention", "user": "U1", "text": "help", "channel": "C1", "ts": "1.1"}
    body = json.dumps(web.people.event_body(mention))
    now = int(web.time().timestamp())
    good = web.people.signed(body)
    await said(web, await web.people.post(body, good))
    for headers in (
        good,  # a second time
        web.people.signed(body, secret="another"),
        web.people.signed(body, at=now - 301),
        web.people.signed(body, at=now + 301),
        {},
        {**good, "X-Slack-Request-Timestamp": "nan"},
        {**good, "X-Slack-Request-Timestamp": "9" * 5000},
        {**good, "X-Slack-Signature": "v0=é한"},
    ):
        acked = await web.people.post(body, {"Content-Type": "application/json", **headers})
        assert (acked.status, acked.body) == (401, "invalid signature")
    await web.door.settled()
    assert len(web.slack.answers) == 1


async def test_signed_junk_is_no_reason_to_fall_over(web: Stage) -> None:
    for body in JUNK:
        headers = {"Content-Type": "application/json", **web.people.signed(body)}
        acked = await web.people.post(body, headers)
        assert acked.status in {200, 400}, body[:24]
        assert "Traceback" not in acked.body
    assert web.store.ledger.unhandled() == ()
    assert web.slack.answers == []
