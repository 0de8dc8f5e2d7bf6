"""What Slack delivered, read."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from bot.slack_inbound import command_text, direct_text, kept, read, typed
from tests.fakes.slack import BOT

GRANTED = [{"team_id": "T1", "user_id": BOT}]


def event(**fields: Any) -> dict[str, Any]:
    return {"type": "event_callback", "event_id": "Ev1", "authorizations": GRANTED, "event": fields}


@pytest.mark.parametrize(
    ("command", "text", "asked", "share"),
    [
        ("/company", "메이투안", "/company 메이투안", False),
        ("/company", "메이투안 share", "/company 메이투안", True),
        ("/company", "메이투안 공유", "/company 메이투안", True),
        ("/company", "share", "/company share", False),
        ("/jianbao", "search bike share", "/search bike", True),
        ("/jianbao", 'search "bike share"', '/search "bike share"', False),
        ("/jianbao", "", "/help", False),
        ("/jianbao", "company 美团", "/company 美团", False),
        ("/jianbao", "/company 美团", "/company 美团", False),
        ("/anothername", "help", "/help", False),
        ("/company", "a &amp; b &lt;c&gt;", "/company a & b <c>", False),
        ("/company", "<http://jd.com|jd.com>", "/company jd.com", False),
        (
            "/jianbao",
            "import <https://e.example/a?b=1&amp;c=2>",
            "/import https://e.example/a?b=1&c=2",
            False,
        ),
    ],
)
def test_a_slash_command_becomes_command_text(command: str, text: str, asked: str, share: bool) -> None:
    body = {
        "command": command,
        "text": text,
        "team_id": "T1",
        "channel_id": "C1",
        "user_id": "U1",
        "trigger_id": "1.2",
    }
    came = read(body)
    assert came is not None
    assert (came.kind, came.text, came.share, came.key) == ("command", asked, share, "slack:c:1.2")


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (f"<@{BOT}> company 메이투안", "/company 메이투안"),
        (f"<@{BOT}|jianbao> 메이투안", "/메이투안"),
        (f"<@{BOT}>", "/help"),
        (f"<@{BOT}> /company <@U2> &amp; <#C2|일반>", "/company @U2 & #일반"),
    ],
)
def test_a_mention_becomes_command_text_without_the_bots_name(said: str, text: str) -> None:
    came = read(event(type="app_mention", user="U1", channel="C1", text=said, ts="1.1", thread_ts="1.0"))
    assert came is not None
    assert (came.kind, came.text, came.thread, came.team) == ("mention", text, "1.0", "T1")


@pytest.mark.parametrize(
    "fields",
    [
        {"type": "message", "channel_type": "channel", "user": "U1"},
        {"type": "message", "channel_type": "im", "user": "U1", "bot_id": "B1"},
        {"type": "message", "channel_type": "im", "user": "U1", "subtype": "message_changed"},
        {"type": "message", "channel_type": "im"},
        {"type": "app_mention", "text": "x"},
    ],
)
def test_what_nobody_said_to_the_bot_is_left_alone(fields: dict[str, Any]) -> None:
    assert read(event(**fields)) is None


def test_a_press_on_a_link_or_in_the_home_tab_asks_nothing() -> None:
    press = {
        "type": "block_actions",
        "trigger_id": "1",
        "container": {"channel_id": "C1"},
        "actions": [{"value": "/x"}],
    }
    assert read(press) is not None
    assert read({**press, "actions": [{"url": "https://e.example"}]}) is None
    assert read({**press, "container": {"type": "view"}}) is None


def test_the_same_delivery_has_the_same_key_and_another_has_another() -> None:
    one, two = event(type="app_uninstalled"), event(type="tokens_revoked")
    del one["event_id"], two["event_id"]
    keys = [came.key for came in (read(one), read(dict(one)), read(two)) if came]
    assert keys[0] == keys[1] != keys[2]


def test_what_is_kept_reads_as_before_and_holds_no_token_and_no_message() -> None:
    press = {
        "type": "block_actions",
        "token": "legacy",
        "trigger_id": "1",
        "container": {"channel_id": "C1", "message_ts": "1.2"},
        "message": {"text": "secret words", "thread_ts": "1.1"},
        "actions": [{"value": "/x"}],
    }
    assert read(kept(press)) == read(press)
    assert "secret words" not in str(kept(press))
    assert "legacy" not in str(kept(press))


def test_of_a_message_that_somebody_asks_about_only_its_text_is_kept_and_only_so_much() -> None:
    action = {
        "type": "message_action",
        "callback_id": "companies_in_message",
        "message": {"text": "메이투안 " * 2000, "ts": "1.2", "user": "U2", "blocks": ["secret words"]},
    }
    came = read(kept(action))
    assert came is not None
    assert len(came.text) < 4000
    assert "secret words" not in str(kept(action))


def test_a_form_reads_its_fields_whatever_kind_they_are() -> None:
    state = {
        "channel": {"channel": {"type": "conversations_select", "selected_conversation": "C2"}},
        "day@C1": {"day": {"type": "static_select", "selected_option": {"value": "fri"}}},
        "time@C1": {"time": {"type": "timepicker", "selected_time": "09:00"}},
        "zone@C1": {"zone": {"type": "plain_text_input", "value": "서울"}},
        "empty@C1": {"empty": {"type": "plain_text_input", "value": None}},
    }
    view = {"id": "V1", "type": "modal", "callback_id": "settings", "private_metadata": "C1 seal~x",
            "state": {"values": state}, "blocks": ["much"]}  # fmt: skip
    came = read(kept({"type": "view_submission", "user": {"id": "U1"}, "team": {"id": "T1"}, "view": view}))
    assert came is not None
    assert came.values == {"channel": "C2", "day": "fri", "time": "09:00", "zone": "서울", "empty": ""}
    assert (came.channel, came.seal, came.form, came.view) == ("C1", "seal~x", "settings", "V1")


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("subscribe", "/subscribe"),
        ("Subscribe fri 18:30", "/Subscribe fri 18:30"),
        ("구독", "/구독"),
        ("설정", "/설정"),
        ("settings", "/settings"),
        ("구독 경제", "구독 경제"),
        ("language models", "language models"),
        ("export controls", "export controls"),
        ("latest", "latest"),
        ("메이투안", "메이투안"),
        ("status", "status"),
        ("", ""),
    ],
)
def test_alone_with_the_bot_a_commands_word_is_that_command(said: str, meant: str) -> None:
    assert direct_text(said) == meant


def test_command_text_takes_either_slash() -> None:
    assert [command_text(t) for t in (" a ", "/a", "／a", "")] == ["/a", "/a", "／a", "/help"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
names = st.sampled_from(
    [
        "type",
        "command",
        "text",
        "event",
        "actions",
        "container",
        "team",
        "user",
        "authorizations",
        "channel_id",
        "files",
        "view",
        "message",
        "callback_id",
    ]
)


@settings(max_examples=100, deadline=None)
@given(
    st.dictionaries(names, json_values, max_size=8),
    st.sampled_from(["block_actions", "event_callback", "view_submission", "message_action", "shortcut", ""]),
)
def test_a_body_of_any_shape_is_read_without_an_exception(body: dict[str, Any], kind: str) -> None:
    body = {**body, "type": kind}
    assert (read(body) is None) == (read(kept(body)) is None)


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=200))
def test_anything_typed_comes_back_as_text(text: str) -> None:
    assert isinstance(typed(text, BOT), str)
