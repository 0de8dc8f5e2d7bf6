"""/pause, /resume and /schedule, asked as a person asks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from handlers.answer import answer
from store.bundle import Store
from store.model import Schedule, SubscriberState
from tests.asks import a_store, an_ask, anyone, buttons, nobody, plain, told
from tests.build import NOON, a_week
from tests.subscribers import MONDAYS, kept, put


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store with one edition, published an hour ago."""
    store = a_store(tmp_path, a_week("2026-W47", title="Week 47"))
    store.library.publish_edition("2026-W47", NOON - timedelta(hours=1))
    yield store
    store.library.close()
    store.ledger.close()


async def test_a_pause_of_two_weeks_ends_two_weeks_from_now(store: Store) -> None:
    put(store)
    reply = await told(store, "/pause 2주")

    assert kept(store).state is SubscriberState.PAUSED
    assert kept(store).paused_until == NOON + timedelta(weeks=2)
    assert kept(store).next_at is None
    assert plain(reply).startswith("12월 7일(월) 21:00 KST까지 쉽니다.")
    assert buttons(reply) == {"다시 켜기": "/resume"}


async def test_a_pause_without_an_end_lasts_until_somebody_resumes(store: Store) -> None:
    put(store)
    reply = await told(store, "/pause")

    assert kept(store).paused_until is None
    assert plain(reply).startswith("다시 켤 때까지 쉽니다.")


async def test_pausing_twice_is_noted_once(store: Store) -> None:
    put(store)
    await told(store, "/pause")
    await told(store, "/pause")

    assert [line.what for line in store.ledger.audit()] == ["pause"]


async def test_a_pause_needs_a_subscription(store: Store) -> None:
    assert (await told(store, "/pause 2w")).tags["refused"] == "pause.not_subscribed"


@pytest.mark.parametrize("text", ["soon", "until 2026-13-01", "2026-02-30"])
async def test_a_pause_that_cannot_be_read_is_refused_with_an_example(store: Store, text: str) -> None:
    put(store)
    reply = await told(store, f"/pause {text}")

    assert reply.tags["refused"] == "pause.bad_length"
    assert text in plain(reply)
    assert "/pause 2주" in plain(reply)
    assert kept(store).state is SubscriberState.ACTIVE


async def test_resuming_pushes_again_and_offers_what_was_missed(store: Store) -> None:
    put(store, state=SubscriberState.PAUSED, next_at=None, paused_until=NOON + timedelta(days=3))
    reply = await told(store, "/resume")

    assert kept(store).state is SubscriberState.ACTIVE
    assert kept(store).paused_until is None
    assert kept(store).next_at == datetime(2026, 11, 30, tzinfo=UTC)
    assert plain(reply).splitlines()[2:5] == MONDAYS
    assert "/latest" in buttons(reply).values()


async def test_resuming_what_is_not_paused_changes_nothing(store: Store) -> None:
    before = put(store)
    reply = await told(store, "/resume")

    assert plain(reply).startswith("쉬고 있지 않습니다.")
    assert kept(store) == before
    assert not store.ledger.audit()


async def test_resuming_needs_a_subscription(store: Store) -> None:
    assert (await told(store, "/resume")).tags["refused"] == "resume.not_subscribed"


async def test_a_suspended_chat_resumes_with_a_welcome(store: Store) -> None:
    put(store, state=SubscriberState.SUSPENDED, next_at=None, reason="reason.blocked")

    assert plain(await told(store, "/resume")).startswith("다시 오셨군요")
    assert kept(store).state is SubscriberState.ACTIVE


async def test_the_schedule_is_shown_with_three_times(store: Store) -> None:
    before = put(store)
    reply = await told(store, "/schedule")

    assert plain(reply).startswith("받는 때: 매주 월요일 09:00 (Asia/Seoul)")
    assert plain(reply).splitlines()[2:5] == MONDAYS
    assert kept(store) == before


async def test_a_new_schedule_moves_the_next_push(store: Store) -> None:
    put(store)
    reply = await told(store, "/schedule 금 18:30")

    assert plain(reply).startswith("받는 때를 바꿨습니다: 매주 금요일 18:30 (Asia/Seoul)")
    assert kept(store).next_at == datetime(2026, 11, 27, 9, 30, tzinfo=UTC)
    assert store.ledger.audit()[0].what == "schedule"


async def test_an_overdue_push_stays_due_and_stands_first(store: Store) -> None:
    due = NOON - timedelta(hours=1)
    put(store, next_at=due, schedule=Schedule(0, 20, 0, "Asia/Seoul"))
    reply = await told(store, "/schedule mon 08:00")

    assert kept(store).next_at == due
    assert plain(reply).splitlines()[2] == "11월 23일(월) 20:00 KST"
    assert plain(reply).splitlines()[3] == "11월 30일(월) 08:00 KST"


async def test_weeks_that_were_missed_are_not_promised(store: Store) -> None:
    put(store, next_at=NOON - timedelta(days=21, hours=12))
    lines = plain(await told(store, "/schedule")).splitlines()

    assert lines[2:5] == ["11월 2일(월) 09:00 KST", *MONDAYS[:2]]


@pytest.mark.parametrize(
    ("state", "says"),
    [
        (SubscriberState.NONE, "/subscribe"),
        (SubscriberState.PAUSED, "/resume"),
        (SubscriberState.SUSPENDED, "/resume"),
    ],
)
async def test_a_chat_that_gets_nothing_is_told_why(store: Store, state: SubscriberState, says: str) -> None:
    put(store, state=state, next_at=None)
    reply = await told(store, "/schedule")

    assert says in plain(reply)
    assert says in buttons(reply).values()


async def test_a_schedule_can_be_chosen_before_subscribing(store: Store) -> None:
    await told(store, "/schedule 수 07:00")
    assert kept(store).next_at is None

    await told(store, "/subscribe")
    assert kept(store).schedule == Schedule(2, 7, 0, "Asia/Seoul")


async def test_anyone_sees_the_schedule_of_a_group(store: Store) -> None:
    put(store)
    reply = await answer(an_ask("/schedule", private=False), store, manages=nobody)
    refused = await answer(an_ask("/schedule tue", private=False), store, manages=nobody)
    allowed = await answer(an_ask("/schedule tue", private=False), store, manages=anyone)

    assert reply is not None
    assert "refused" not in reply.tags
    assert refused is not None
    assert refused.tags["refused"] == "answer.managers_only"
    assert allowed is not None
    assert "refused" not in allowed.tags
