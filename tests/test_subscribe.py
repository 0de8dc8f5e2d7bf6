"""/subscribe and /unsubscribe, asked as a person asks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from handlers.answer import answer
from handlers.schedule import week_of
from store.bundle import Store
from store.model import Schedule, SubscriberState
from tests.asks import CHAT, a_store, an_ask, buttons, nobody, plain, told
from tests.build import NOON, a_week
from tests.presses import press, the_button
from tests.subscribers import MONDAYS, kept, put


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store with one edition, published an hour ago."""
    store = a_store(tmp_path, a_week("2026-W47", title="Week 47"))
    store.library.publish_edition("2026-W47", NOON - timedelta(hours=1))
    yield store
    store.library.close()
    store.ledger.close()


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Store]:
    """A store that holds nothing."""
    store = a_store(tmp_path)
    yield store
    store.library.close()
    store.ledger.close()


async def test_subscribing_says_the_schedule_and_the_next_three_times(store: Store) -> None:
    reply = await told(store, "/subscribe")

    lines = plain(reply).splitlines()
    assert lines[0] == "구독했습니다: 매주 월요일 09:00 (Asia/Seoul)"
    assert lines[2:5] == MONDAYS
    assert kept(store).state is SubscriberState.ACTIVE
    assert kept(store).next_at == datetime(2026, 11, 30, tzinfo=UTC)
    assert kept(store).created_at == NOON


async def test_the_default_schedule_is_the_bots_own(tmp_path: Path) -> None:
    plain_store = a_store(tmp_path)
    defaults = replace(plain_store.defaults, schedule=Schedule(3, 7, 15, "Asia/Shanghai"))
    await told(replace(plain_store, defaults=defaults), "/subscribe")

    assert kept(plain_store).schedule == Schedule(3, 7, 15, "Asia/Shanghai")


async def test_subscribing_with_a_schedule_takes_it(store: Store) -> None:
    reply = await told(store, "/subscribe 금 18:30 Asia/Shanghai")

    assert kept(store).schedule == Schedule(4, 18, 30, "Asia/Shanghai")
    assert "11월 27일(금) 18:30" in plain(reply)


async def test_the_newest_edition_is_offered_and_the_slot_stays(store: Store) -> None:
    reply = await told(store, "/subscribe")

    assert "/latest" in buttons(reply).values()
    assert "Week 47" in plain(reply)
    assert kept(store).last_edition == ""
    assert kept(store).last_week == ""


async def test_an_edition_the_chat_already_had_is_not_offered(store: Store) -> None:
    put(store, state=SubscriberState.NONE, next_at=None, last_edition="2026-W47", last_week="2026-W47")

    assert "/latest" not in buttons(await told(store, "/subscribe")).values()


async def test_without_any_edition_subscribing_says_so(empty: Store) -> None:
    reply = await told(empty, "/subscribe")

    assert "아직 나온 호가 없습니다" in plain(reply)
    assert "/latest" not in buttons(reply).values()


async def test_subscribing_again_changes_nothing(store: Store) -> None:
    await told(store, "/subscribe")
    before, audit = kept(store), store.ledger.audit()

    reply = await told(store, "/subscribe")

    assert plain(reply).startswith("이미 구독 중입니다. 다음 소식: 11월 30일(월) 09:00 KST")
    assert kept(store) == before
    assert store.ledger.audit() == audit


async def test_subscribing_again_with_another_schedule_changes_it(store: Store) -> None:
    await told(store, "/subscribe")
    reply = await told(store, "/subscribe 화")

    assert plain(reply).startswith("받는 때를 바꿨습니다: 매주 화요일 09:00")
    assert kept(store).next_at == datetime(2026, 11, 24, tzinfo=UTC)


async def test_a_chat_that_comes_back_is_welcomed_with_its_settings(store: Store) -> None:
    put(
        store,
        state=SubscriberState.SUSPENDED,
        reason="reason.blocked",
        next_at=None,
        schedule=Schedule(2, 8, 0, "Asia/Tokyo"),
        follows=("meituan",),
    )
    reply = await told(store, "/subscribe")

    assert plain(reply).startswith("다시 오셨군요")
    assert kept(store).follows == ("meituan",)
    assert kept(store).schedule == Schedule(2, 8, 0, "Asia/Tokyo")
    assert kept(store).reason == ""


async def test_one_who_was_pushed_before_is_welcomed_back(store: Store) -> None:
    put(store, state=SubscriberState.NONE, next_at=None, last_week="2026-W46")

    assert plain(await told(store, "/subscribe")).startswith("다시 오셨군요")


async def test_a_week_that_was_decided_is_not_pushed_again(store: Store) -> None:
    put(store, state=SubscriberState.NONE, next_at=None, last_week=week_of(NOON, "Asia/Seoul"))
    reply = await told(store, "/subscribe sun 23:00")

    assert kept(store).next_at == datetime(2026, 12, 6, 14, tzinfo=UTC)
    assert "이번 주 소식은 이미 처리되어" in plain(reply)


async def test_each_thread_is_a_subscriber_of_its_own(store: Store) -> None:
    await told(store, "/subscribe", chat=replace(CHAT, thread="5"))

    assert store.ledger.subscriber(CHAT) is None
    assert store.ledger.subscriber(replace(CHAT, thread="5")) is not None


async def test_what_cannot_be_read_is_named_and_nothing_changes(store: Store) -> None:
    reply = await told(store, "/subscribe mon 25:00")

    assert reply.tags["refused"] == "error.bad_time"
    assert "25:00" in plain(reply)
    assert "/subscribe mon 09:00" in plain(reply)
    assert store.ledger.subscriber(CHAT) is None


async def test_in_a_group_only_who_manages_it_subscribes(store: Store) -> None:
    reply = await answer(an_ask("/subscribe", private=False), store, manages=nobody)

    assert reply is not None
    assert reply.tags["refused"] == "answer.managers_only"
    assert store.ledger.subscriber(CHAT) is None


async def test_who_subscribed_is_written_down(store: Store) -> None:
    await told(store, "/subscribe", user="42")
    line = store.ledger.audit()[0]

    assert (line.who, line.what, line.at) == ("telegram:100/42", "subscribe", NOON)
    assert line.detail.startswith(f"{CHAT} ")


async def test_unsubscribing_asks_first(store: Store) -> None:
    put(store)
    reply = await told(store, "/unsubscribe")

    assert kept(store).state is SubscriberState.ACTIVE
    assert the_button(reply, "/unsubscribe yes").signed
    assert not the_button(reply, "/unsubscribe no").signed


async def test_yes_unsubscribes_and_keeps_the_settings(store: Store) -> None:
    put(store, follows=("didi",), length="full")
    reply = await press(store, await told(store, "/unsubscribe"), "/unsubscribe yes")

    assert reply.replace
    assert kept(store).state is SubscriberState.NONE
    assert kept(store).next_at is None
    assert (kept(store).follows, kept(store).length) == (("didi",), "full")
    assert store.ledger.audit()[0].what == "unsubscribe"


async def test_no_keeps_the_subscription(store: Store) -> None:
    before = put(store)
    reply = await press(store, await told(store, "/unsubscribe"), "/unsubscribe no")

    assert plain(reply).startswith("계속 구독합니다.")
    assert kept(store) == before


async def test_a_typed_yes_asks_again(store: Store) -> None:
    put(store)
    reply = await told(store, "/unsubscribe yes")

    assert plain(reply).startswith("구독을 그만둘까요?")
    assert kept(store).state is SubscriberState.ACTIVE


async def test_an_invented_press_asks_again(store: Store) -> None:
    put(store)
    await told(store, "/unsubscribe yes", pressed=True)

    assert kept(store).state is SubscriberState.ACTIVE


async def test_a_second_press_finds_it_done(store: Store) -> None:
    put(store)
    question = await told(store, "/unsubscribe")
    await press(store, question, "/unsubscribe yes")
    reply = await press(store, question, "/unsubscribe yes")

    assert plain(reply).startswith("이 대화방은 구독하고 있지 않습니다.")
    assert len([line for line in store.ledger.audit() if line.what == "unsubscribe"]) == 1


async def test_one_who_never_subscribed_is_told_how(store: Store) -> None:
    reply = await told(store, "/unsubscribe")

    assert "/subscribe" in plain(reply)
    assert "/subscribe" in buttons(reply).values()


@pytest.mark.parametrize("language", ["ko", "en", "zh"])
async def test_every_answer_exists_in_every_language(store: Store, language: str) -> None:
    texts = ("/unsubscribe", "/pause", "/resume", "/subscribe", "/subscribe", "/schedule", "/pause 3周")
    for text in (*texts, "/pause foo", "/resume", "/unsubscribe"):
        reply = await told(store, text, client_language=language)
        assert reply.language == language
        assert "failed" not in reply.tags
