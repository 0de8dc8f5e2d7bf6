"""What platforms tell about chats, twice and in any order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from handlers.chats import moved, refused, returned
from handlers.weekly import pause
from store.model import Chat, Subscriber, SubscriberState
from tests.fake_door import World, a_world

NOW = datetime(2026, 11, 25, tzinfo=UTC)
CHAT = Chat("telegram", "7", "-100")
ACTIVE = Subscriber(
    CHAT,
    state=SubscriberState.ACTIVE,
    next_at=datetime(2026, 11, 30, tzinfo=UTC),
    last_week="2026-W48",
    follows=("meituan",),
    created_at=NOW - timedelta(days=30),
)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with a_world(tmp_path, now=NOW) as made:
        made.ledger.put_subscriber(ACTIVE)
        yield made


def test_a_chat_that_refuses_is_suspended_with_its_reason_and_keeps_its_settings(world: World) -> None:
    assert refused(world.store, CHAT, "reason.blocked", NOW)
    kept = world.ledger.subscriber(CHAT)
    assert kept == replace(ACTIVE, state=SubscriberState.SUSPENDED, next_at=None, reason="reason.blocked")
    assert not refused(world.store, CHAT, "reason.gone", NOW)
    assert world.ledger.subscriber(CHAT) == kept
    assert [line.what for line in world.ledger.audit()] == ["suspended"]


def test_a_chat_that_never_subscribed_leaves_no_trace_by_refusing(world: World) -> None:
    stranger = Chat("telegram", "7", "5")
    assert not refused(world.store, stranger, "reason.blocked", NOW)
    assert world.ledger.subscriber(stranger) is None
    known = Subscriber(stranger, follows=("didi",))
    world.ledger.put_subscriber(known)
    assert not refused(world.store, stranger, "reason.blocked", NOW)
    assert not returned(world.store, stranger, NOW)
    assert world.ledger.subscriber(stranger) == known


def test_a_pause_outlasts_a_refusal(world: World) -> None:
    paused = pause(ACTIVE, NOW + timedelta(days=3))
    world.ledger.put_subscriber(paused)
    assert not refused(world.store, CHAT, "reason.blocked", NOW)
    assert world.ledger.subscriber(CHAT) == paused


def test_a_chat_that_is_back_goes_on_in_the_next_week_that_is_not_settled(world: World) -> None:
    refused(world.store, CHAT, "reason.blocked", NOW)
    assert returned(world.store, CHAT, NOW)
    assert world.ledger.subscriber(CHAT) == ACTIVE
    assert not returned(world.store, CHAT, NOW)


def test_a_conversation_that_is_back_wakes_its_threads(world: World) -> None:
    topics = [replace(CHAT, thread=str(n)) for n in range(3)]
    elsewhere = replace(CHAT, id="-101", thread="1")
    for chat in (*topics, elsewhere):
        world.ledger.put_subscriber(replace(ACTIVE, chat=chat))
        refused(world.store, chat, "reason.kicked", NOW)
    assert not returned(world.store, CHAT, NOW)
    assert returned(world.store, CHAT, NOW, threads=True)
    states = {str(s.chat): s.state for s in world.ledger.subscribers()}
    assert [states[str(chat)] for chat in topics] == [SubscriberState.ACTIVE] * 3
    assert states[str(elsewhere)] is SubscriberState.SUSPENDED


def test_threads_are_found_beyond_the_first_page(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handlers.chats._PAGE", 2)
    for number in range(7):
        chat = Chat("telegram", "7", f"-10{number}", "1")
        world.ledger.put_subscriber(replace(ACTIVE, chat=chat))
        refused(world.store, chat, "reason.kicked", NOW)
    assert returned(world.store, Chat("telegram", "7", "-106"), NOW, threads=True)


def test_a_move_is_told_from_both_sides_and_done_once(world: World) -> None:
    new = replace(CHAT, id="-200")
    assert moved(world.store, CHAT, "-200", NOW) == 1
    assert moved(world.store, CHAT, "-200", NOW) == 0
    assert world.ledger.subscriber(new) == replace(ACTIVE, chat=new)
    assert [line.what for line in world.ledger.audit()] == ["moved"]


def test_a_group_that_speaks_under_its_new_id_first_ends_with_one_subscription(world: World) -> None:
    new = replace(CHAT, id="-200")
    world.ledger.put_subscriber(Subscriber(new, language="en"))
    moved(world.store, CHAT, "-200", NOW)
    assert world.ledger.subscribers() == (replace(ACTIVE, chat=new),)


def test_a_late_word_from_the_old_group_does_not_bring_it_back_to_life(world: World) -> None:
    moved(world.store, CHAT, "-200", NOW)
    assert not refused(world.store, CHAT, "reason.kicked", NOW)
    kept = world.ledger.subscriber(replace(CHAT, id="-200"))
    assert kept is not None
    assert kept.state is SubscriberState.ACTIVE
