"""Sending to Slack: every way it can go wrong, and what is concluded from it."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack_render import parts
from bot.slack_send import WAIT, Sender, outcome_of
from handlers.message import Button, Buttons, Card, Picture, Reply, Text, line
from handlers.words import texts
from store.bundle import Store
from store.catalogue import load
from store.model import LANGUAGES, Chat
from store.sqlite import open_ledger
from store.tiny import open_library
from tests.build import NOON
from tests.fakes.slack import BOT, BOT_TOKEN, FakeSlack, Fault

CHAT = Chat("slack", "T1", "C1")
[PART] = parts(Reply((Text(line("소식")), Buttons((Button("자세히", "/story 1"),))), "ko"))


class Rig:
    """A Sender on a fake Slack with one channel."""

    def __init__(self, slack: FakeSlack, sender: Sender) -> None:
        self.slack = slack
        self.sender = sender
        self.now = NOON


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    store = Store(open_library(tmp_path), open_ledger(tmp_path), load())
    limits = aiohttp.ClientTimeout(total=0.5)
    async with FakeSlack(lambda: made.now) as slack, aiohttp.ClientSession(timeout=limits) as session:
        client = AsyncWebClient(BOT_TOKEN, slack.api_base, session=session, retry_handlers=[])
        made = Rig(slack, Sender(client, store, lambda: made.now))
        slack.user("U1")
        slack.channel("C1", members={"U1"})
        yield made
        assert [v for v in slack.violations if "invalid_blocks" not in v] == []
    store.ledger.close()
    store.library.close()


async def test_an_accepted_part_is_named_by_its_ts_and_says_nothing_it_was_not_told_to(rig: Rig) -> None:
    outcome = await rig.sender.send(CHAT, PART, first="")
    [post] = rig.slack.posts
    assert (outcome.kind, outcome.message_id) == ("sent", post.ts)
    assert post.buttons()["자세히"]["value"] == "/story 1"
    quiet = {
        name: post.arguments[name]
        for name in ("unfurl_links", "unfurl_media", "link_names", "parse", "mrkdwn")
    }
    assert quiet == {
        "unfurl_links": False,
        "unfurl_media": False,
        "link_names": False,
        "parse": "none",
        "mrkdwn": False,
    }


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault("status", 500), "unknown"),
        (Fault("status", 502), "unknown"),
        (Fault("status", 503), "unknown"),
        (Fault("status", 200), "unknown"),
        (Fault("status", 413), "refused"),
        (Fault("garbage", body="{not json"), "unknown"),
        (Fault("garbage", body="[1]"), "unknown"),
        (Fault("garbage", body='"ok"'), "unknown"),
        (Fault("garbage", body='{"ok": true}'), "unknown"),
        (Fault("garbage", body=""), "unknown"),
        (Fault("hang"), "unknown"),
        (Fault("reset"), "unknown"),
        (Fault("error", error="internal_error"), "unknown"),
        (Fault("error", error="fatal_error"), "unknown"),
        (Fault("error", error="ratelimited"), "wait"),
        (Fault("error", error="is_archived"), "gone"),
        (Fault("error", error="channel_not_found"), "gone"),
        (Fault("error", error="restricted_action"), "gone"),
        (Fault("error", error="account_inactive"), "dead"),
        (Fault("error", error="token_revoked"), "dead"),
        (Fault("error", error="invalid_auth"), "dead"),
        (Fault("error", error="missing_scope"), "dead"),
        (Fault("error", error="msg_too_long"), "refused"),
        (Fault("error", error="something_new"), "refused"),
    ],
    ids=lambda value: value if isinstance(value, str) else f"{value.kind} {value.error or value.body[:6]}",
)  # fmt: skip
async def test_what_goes_wrong_is_told_apart_and_never_sent_twice(rig: Rig, fault: Fault, kind: str) -> None:
    rig.slack.fail("chat.postMessage", fault)
    outcome = await rig.sender.send(CHAT, PART, first="")
    assert outcome.kind == kind
    assert rig.slack.calls["chat.postMessage"] == 1
    assert rig.slack.posts == []
    assert all(outcome.reason in texts(language) for language in LANGUAGES)


async def test_nobody_listening_is_not_sent(rig: Rig) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    rig.sender.client.base_url = f"http://127.0.0.1:{port}/api/"
    assert (await rig.sender.send(CHAT, PART, first="")).kind == "not_sent"


@pytest.mark.parametrize("first", ["", "parent"])
async def test_an_accepted_part_whose_answer_was_lost_is_found_by_its_metadata(rig: Rig, first: str) -> None:
    parent = ""
    if first:
        parent = (await rig.sender.send(CHAT, PART, first="")).message_id
        rig.now += timedelta(seconds=2)
    rig.slack.fail("chat.postMessage", Fault("lose"))
    outcome = await rig.sender.send(CHAT, PART, first=parent)
    assert (outcome.kind, outcome.message_id) == ("sent", rig.slack.posts[-1].ts)
    assert len(rig.slack.posts) == (2 if first else 1)


async def test_looking_up_tells_not_there_from_cannot_tell(rig: Rig) -> None:
    assert await rig.sender.find(CHAT, PART, first="", since=rig.now) == ""
    rig.slack.fail("conversations.history", Fault("error", error="missing_scope"), Fault("hang"))
    assert await rig.sender.find(CHAT, PART, first="", since=rig.now) is None
    assert await rig.sender.find(CHAT, PART, first="", since=rig.now) is None


async def test_the_same_words_of_another_day_are_not_taken_for_this_part(rig: Rig) -> None:
    await rig.sender.send(CHAT, PART, first="")
    rig.now += timedelta(days=7)
    rig.slack.fail("chat.postMessage", Fault("reset"))
    assert (await rig.sender.send(CHAT, PART, first="")).kind == "unknown"


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        ("7", 7.0),
        ("0", 1.0),
        ("-3", 1.0),
        ("2.5", 2.5),
        ("x", WAIT),
        ("nan", WAIT),
        ("inf", 86400.0),
        (None, WAIT),
    ],
)
def test_how_long_to_wait_is_read_and_bounded(given: str | None, seconds: float) -> None:
    outcome = outcome_of("", status=429, retry_after=given)
    assert (outcome.kind, outcome.seconds, outcome.scope) == ("wait", seconds, "door")


async def test_too_many_posts_to_a_channel_are_told_with_their_wait(rig: Rig) -> None:
    await rig.sender.send(CHAT, PART, first="")
    outcome = await rig.sender.send(CHAT, PART, first="")
    assert (outcome.kind, outcome.seconds) == ("wait", 1.0)


async def test_a_public_channel_is_joined_once_and_then_posted_to(rig: Rig) -> None:
    rig.slack.channel("C1", members={"U1"}, bot=False)
    assert (await rig.sender.send(CHAT, PART, first="")).kind == "sent"
    assert rig.slack.calls["chat.postMessage"] == 2
    assert len(rig.slack.posts) == 1
    rig.slack.world.channels["C1"].members.discard(BOT)
    rig.slack.fail("conversations.join", Fault("error", error="missing_scope"))
    rig.now += timedelta(seconds=2)
    outcome = await rig.sender.send(CHAT, PART, first="")
    assert (outcome.kind, outcome.reason) == ("gone", "reason.slack.not_in_channel")


async def test_a_picture_that_slack_cannot_fetch_does_not_cost_the_digest(rig: Rig) -> None:
    [part] = parts(
        Reply((Card(line("앱"), (Text(line("말")), Picture("https://e.example/p.png", "그림"))),), "ko")
    )
    rig.slack.fail("chat.postMessage", Fault("error", error="invalid_blocks"))
    assert (await rig.sender.send(CHAT, part, first="")).kind == "sent"
    assert [b["type"] for b in rig.slack.posts[0].blocks] == ["rich_text", "rich_text"]
    rig.now += timedelta(seconds=2)
    rig.slack.fail("chat.postMessage", *[Fault("error", error="invalid_blocks")] * 2)
    assert (await rig.sender.send(CHAT, part, first="")).kind == "sent"
    assert (rig.slack.posts[1].blocks, rig.slack.posts[1].text) == ([], "앱\n말")


async def test_a_thread_whose_parent_is_gone_is_refused(rig: Rig) -> None:
    outcome = await rig.sender.send(CHAT, PART, first="1.000001")
    assert (outcome.kind, outcome.reason) == ("refused", "reason.slack.thread_gone")
