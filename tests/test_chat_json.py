"""Subscribers as JSON, there and back."""

from __future__ import annotations

import contextlib
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings, strategies as st

from handlers.chat_json import (
    NAMES_LIMIT,
    chat_from_text,
    export_as_json,
    restarted,
    subscriber_as_json,
    subscriber_from_json,
)
from handlers.errors import Refusal
from handlers.words import say
from store.ledger import AuditLine
from store.model import Chat, Delivery, DeliveryState, Schedule, Subscriber, SubscriberState
from tests.asks import CHAT
from tests.build import NOON

WHOLE = Subscriber(
    Chat("slack", "T1", "C9"),
    language="zh",
    schedule=Schedule(6, 23, 59, "Asia/Tokyo"),
    state=SubscriberState.PAUSED,
    follows=("meituan", "didi"),
    mutes=("leeco",),
    length="full",
    silent=True,
    policy="at_least_once",
    managers="everyone",
    paused_until=NOON,
    last_week="2026-W47",
    last_edition="2026-W47-b",
    created_at=NOON,
    reason="",
    quiet="22:00-08:00",
    layout="rich",
)

WORDS = st.text(alphabet="abcdefgh0123456789-", min_size=1, max_size=8)
MOMENTS = st.none() | st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
SUBSCRIBERS = st.builds(
    Subscriber,
    chat=st.builds(
        Chat, st.sampled_from(["telegram", "slack", "console"]), WORDS, WORDS, st.just("") | WORDS
    ),
    language=st.sampled_from([None, "ko", "en", "zh"]),
    schedule=st.builds(
        Schedule,
        st.integers(0, 6),
        st.integers(0, 23),
        st.integers(0, 59),
        st.sampled_from(["UTC", "Asia/Seoul"]),
    ),
    state=st.sampled_from(SubscriberState),
    follows=st.lists(WORDS, unique=True, max_size=4).map(tuple),
    mutes=st.lists(WORDS, unique=True, max_size=4).map(tuple),
    length=st.sampled_from(["short", "full"]),
    silent=st.booleans(),
    policy=st.sampled_from(["at_most_once", "at_least_once"]),
    managers=st.sampled_from(["admins", "everyone"]),
    paused_until=MOMENTS,
    next_at=MOMENTS,
    last_week=st.sampled_from(["", "2026-W01"]),
    last_edition=st.sampled_from(["", "2026-W01-b"]),
    created_at=MOMENTS,
    reason=st.sampled_from(["", "reason.blocked"]),
    quiet=st.sampled_from(["", "22:00-08:00"]),
    layout=st.sampled_from(["classic", "rich"]),
)


@settings(max_examples=100)
@given(SUBSCRIBERS)
def test_a_subscriber_comes_back_as_it_was(subscriber: Subscriber) -> None:
    text = json.dumps(subscriber_as_json(subscriber))

    assert subscriber_from_json(json.loads(text)) == subscriber


def test_the_object_names_the_chat_as_the_command_line_does() -> None:
    assert subscriber_as_json(WHOLE)["chat"] == "slack:T1:C9"


def test_only_the_chat_must_be_there() -> None:
    assert subscriber_from_json({"chat": "telegram:100:7"}) == Subscriber(CHAT)


def test_a_chat_may_be_an_object() -> None:
    given_chat = {"platform": "telegram", "tenant": "100", "id": "-7", "thread": "5"}

    assert subscriber_from_json({"chat": given_chat}).chat == Chat("telegram", "100", "-7", "5")


def test_deliveries_and_changes_of_an_export_are_not_read_back() -> None:
    delivery = Delivery(
        WHOLE.chat, "2026-W47", "2026-W47", 0, 1, DeliveryState.SENT, due=NOON, content="secret"
    )
    data = export_as_json(WHOLE, [delivery], [AuditLine(NOON, "slack:T1/U1", "pause", "slack:T1:C9")])

    assert subscriber_from_json(data) == WHOLE
    assert "secret" not in json.dumps(data)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("chat", "telegram:100"), ("chat", "icq:1:2"), ("chat", 7), ("chat", "telegram::7"),
        ("chat", "telegram:1: 7"),
        ("chat", {"platform": "telegram"}), ("chat", "a:b:c:d:e"), ("chat", None),
        ("language", "fr"), ("language", ["ko"]),
        ("schedule", "mon 09:00"), ("schedule", {"weekday": 0}),
        ("schedule", {"weekday": 7, "hour": 0, "minute": 0, "zone": "UTC"}),
        ("schedule", {"weekday": True, "hour": 0, "minute": 0, "zone": "UTC"}),
        ("schedule", {"weekday": 0, "hour": 24, "minute": 0, "zone": "UTC"}),
        ("schedule", {"weekday": 0, "hour": 9, "minute": "0", "zone": "UTC"}),
        ("schedule", {"weekday": 0, "hour": 9, "minute": 0, "zone": "Asia/Soul"}),
        ("schedule", {"weekday": 0, "hour": 9, "minute": 0, "zone": "../etc/passwd"}),
        ("schedule", {"weekday": 0, "hour": 9, "minute": 0, "zone": ""}),
        ("state", "gone"), ("follows", "meituan"), ("follows", [1]), ("follows", ["x"] * (NAMES_LIMIT + 1)),
        ("length", "medium"), ("silent", "yes"), ("silent", 1), ("policy", "twice"), ("managers", "nobody"),
        ("next_at", "tomorrow"), ("next_at", "2026-11-23T12:00:00"), ("next_at", 5),
        ("next_at", "0001-01-01T00:00:00+09:00"), ("last_week", "W47"), ("last_edition", 7), ("reason", None),
        ("reason", "x" * 201), ("colour", "red"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(field: str, value: object) -> None:
    with pytest.raises(Refusal) as refused:
        subscriber_from_json({"chat": "telegram:100:7", field: value})

    assert refused.value.key == "chats.bad_field"
    assert refused.value.words["field"].startswith(field)
    assert field in say(refused.value.key, "ko", **refused.value.words)


@pytest.mark.parametrize("data", [None, [], "text", 7, {}])
def test_what_is_no_subscriber_at_all_is_refused(data: object) -> None:
    with pytest.raises(Refusal):
        subscriber_from_json(data)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=100)
@given(st.dictionaries(st.sampled_from(sorted(subscriber_as_json(WHOLE))), JSON, max_size=5))
def test_any_json_is_read_or_refused(data: dict[str, object]) -> None:
    with contextlib.suppress(Refusal):
        subscriber = subscriber_from_json({"chat": "telegram:100:7", **data})
        assert subscriber_from_json(subscriber_as_json(subscriber)) == subscriber


def test_an_active_chat_without_a_next_time_gets_one() -> None:
    active = Subscriber(CHAT, state=SubscriberState.ACTIVE)

    assert restarted(active, NOON).next_at == datetime(2026, 11, 30, tzinfo=UTC)


def test_a_next_time_that_stands_is_kept_and_others_have_none() -> None:
    active = Subscriber(CHAT, state=SubscriberState.ACTIVE, next_at=NOON)

    assert restarted(active, NOON) == active
    assert restarted(replace(active, state=SubscriberState.PAUSED), NOON).next_at is None


@pytest.mark.parametrize("text", ["telegram:100:-100456", "slack:E1/T1:C2", "telegram:100:-1:77"])
def test_a_chat_is_read_as_it_is_written(text: str) -> None:
    assert str(chat_from_text(text)) == text
