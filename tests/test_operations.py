"""/status and /chats."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from handlers.weekly import plan
from store.bundle import Store
from store.ledger import Miss
from store.model import (
    Chat,
    DeliveryState,
    Schedule,
    SubscriberState,
)
from tests.admins import SLOT, a_chat, run
from tests.asks import a_store, buttons, plain
from tests.build import NOON, a_week


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = a_store(tmp_path)
    yield store
    store.library.close()
    store.ledger.close()


async def test_an_empty_store_is_well(store: Store) -> None:
    text = plain(await run(store, "/status"))

    assert text.startswith("모두 정상입니다.")
    assert "이야기 0개, 호 0개" in text
    assert "아직 대화방이 없습니다." in text
    assert "다음 할 일: 없음" in text


async def test_status_counts_stories_chats_and_deliveries(store: Store) -> None:
    store.library.put_edition(*a_week("2026-W47", title="Week 47"))
    store.library.publish_edition("2026-W47", NOON)
    a_chat(store, 1)
    a_chat(store, 2)
    a_chat(store, 3, chat=Chat("slack", "T1", "C1"), state=SubscriberState.PAUSED, next_at=None)
    store.ledger.note_miss("메이퇀", at=NOON)
    plan(store, now=SLOT)
    text = plain(await run(store, "/status", now=SLOT))

    assert "이야기 3개, 호 1개" in text
    assert "2026-W47 Week 47" in text
    assert "마지막 발행: 2026-W47 (11월 23일(월) 21:00 KST)" in text
    assert "telegram 대화방: 구독 중 2" in text
    assert "slack 대화방: 쉬는 중 1" in text
    assert "전송: 대기 2" in text
    assert "다음 할 일: 11월 30일(월) 09:00 KST" in text
    assert "찾지 못한 이름: 메이퇀 (1)" in text
    assert store.ledger.misses() == (Miss("메이퇀", 1, NOON),)


async def test_status_tells_what_is_unknown_and_where(store: Store) -> None:
    store.library.put_edition(*a_week("2026-W47"))
    store.library.publish_edition("2026-W47", NOON)
    chat = a_chat(store, 77)
    plan(store, now=SLOT)
    (part,) = store.ledger.write_parts(store.ledger.deliveries(chat)[0], ["one"])
    sending = store.ledger.mark_sending(part, at=SLOT)
    assert sending is not None
    store.ledger.settle(sending, DeliveryState.UNKNOWN, at=SLOT, reason="reason.unanswered")
    text = plain(await run(store, "/status", now=SLOT))

    assert text.startswith("살펴볼 일이 1건 있습니다.")
    assert "telegram:100:77: 2026-W47, 1개 가운데 1번째" in text


async def test_status_flags_what_is_overdue_and_unhandled(store: Store) -> None:
    a_chat(store, 1)
    store.ledger.receive("telegram:1", "{}", at=NOON)
    text = plain(await run(store, "/status", now=SLOT + timedelta(hours=1)))

    assert "jianbao doctor" in text
    assert "처리 중인 명령: 1건" in text


async def test_status_says_what_is_wrong_with_the_files(store: Store) -> None:
    a_chat(store, 9, next_at=None)
    text = plain(await run(store, "/status"))

    assert text.startswith("살펴볼 일이 1건 있습니다.")
    assert "telegram:100:9 is subscribed but has no next time." in text


@pytest.fixture
def published(store: Store) -> Store:
    """A store with a published edition and three subscribers, one of whom has it already."""
    store.library.put_edition(*a_week("2026-W47", title="Week 47", number=47))
    store.library.put_edition(*a_week("2026-W48", title="Week 48"))
    store.library.publish_edition("2026-W47", NOON)
    a_chat(store, 3, next_at=NOON)
    plan(store, now=NOON)
    a_chat(store, 1)
    a_chat(store, 2)
    a_chat(store, 4, state=SubscriberState.PAUSED, next_at=None)
    return store


async def test_chats_are_listed_with_schedule_state_and_last_delivery(published: Store) -> None:
    a_chat(published, 5, schedule=Schedule(4, 18, 30, "Asia/Shanghai"))
    lines = plain(await run(published, "/chats")).splitlines()

    assert lines[0] == "대화방 5곳(1/1쪽)"
    assert lines[1].startswith(
        "telegram:100:1 · 구독 중 · 매주 월요일 09:00 (Asia/Seoul) · 다음 11월 30일(월)"
    )
    assert lines[1].endswith("보낸 적 없음")
    assert "마지막 2026-W47 대기" in lines[3]
    assert "쉬는 중" in lines[4]
    assert "금요일 18:30 (Asia/Shanghai)" in lines[5]


async def test_a_skipped_week_is_the_last_delivery(store: Store) -> None:
    a_chat(store, 1)
    plan(store, now=SLOT + timedelta(hours=13))

    assert "2026-W49 건너뜀" in plain(await run(store, "/chats"))


async def test_pages_turn_both_ways(store: Store) -> None:
    for number in range(25):
        a_chat(store, 100 + number)
    first, second = await run(store, "/chats"), await run(store, "/chats 2")
    last = await run(store, "/chats 99")

    assert list(buttons(first).values()) == ["/chats 2"]
    assert list(buttons(second).values()) == ["/chats 1", "/chats 3"]
    assert list(buttons(last).values()) == ["/chats 2"]
    assert plain(last).startswith("대화방 25곳(3/3쪽)")
    shown = [line for page in (first, second, last) for line in plain(page).splitlines()[1:]]
    assert len(set(shown)) == 25


async def test_a_page_that_is_no_number_is_refused(published: Store) -> None:
    reply = await run(published, "/chats two")

    assert reply.tags["refused"] == "chats.bad_page"
    assert "two" in plain(reply)


async def test_no_chats_says_how_they_come(store: Store) -> None:
    assert "/subscribe" in plain(await run(store, "/chats"))
