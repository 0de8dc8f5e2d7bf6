"""/preview and /why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from handlers.push_cmd import last_slot, reason_text
from handlers.weekly import plan, send_now
from handlers.words import say
from store.bundle import Store
from store.model import LANGUAGES, Delivery, DeliveryState, Language, Subscriber, SubscriberState
from tests.asks import CHAT, a_store, buttons, plain, titles, told
from tests.build import NOON, a_story, a_week, an_edition

SLOT = datetime(2026, 11, 30, tzinfo=UTC)  # Monday 09:00 in Seoul


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Two editions, of which the first is published."""
    store = a_store(
        tmp_path, a_week("2026-W47", title="Week 47", number=47), a_week("2026-W40", title="Week 40")
    )
    store.library.publish_edition("2026-W47", NOON - timedelta(hours=1))
    yield store
    store.library.close()
    store.ledger.close()


def put(store: Store, **fields: object) -> Subscriber:
    active = Subscriber(CHAT, state=SubscriberState.ACTIVE, next_at=SLOT, created_at=NOON)
    subscriber = replace(active, **fields)  # type: ignore[arg-type]
    store.ledger.put_subscriber(subscriber)
    return subscriber


def deliver(store: Store, *states: DeliveryState, reason: str = "reason.unanswered") -> None:
    """Push the newest edition on the slot, in as many parts, each with its fate."""
    assert plan(store, now=SLOT).booked
    booking = store.ledger.deliveries(CHAT)[0]
    parts = store.ledger.write_parts(booking, ["part"] * len(states))
    for part, state in zip(parts, states, strict=True):
        sending = store.ledger.mark_sending(part, at=SLOT)
        assert sending is not None
        at = SLOT + timedelta(minutes=part.part)
        why = "" if state is DeliveryState.SENT else reason
        due = at if state is DeliveryState.PLANNED else None
        store.ledger.settle(sending, state, at=at, message_id="9", reason=why, due=due)


async def test_the_preview_is_the_digest_this_chat_would_get(store: Store) -> None:
    put(store, length="full")
    reply = await told(store, "/preview")

    assert reply.whisper
    assert "Week 47" in titles(reply)
    assert plain(reply).startswith("다음 소식 미리 보기: 11월 30일(월) 09:00 KST에 갈 예정입니다.")
    assert store.ledger.deliveries(CHAT) == ()


async def test_the_preview_puts_followed_companies_first(store: Store) -> None:
    stories = (a_story("2026-W48-1", companies=("didi",)), a_story("2026-W48-2", companies=("meituan",)))
    store.library.put_edition(an_edition("2026-W48", stories), stories)
    store.library.publish_edition("2026-W48", NOON)
    put(store, follows=("meituan",))
    first = titles(await told(store, "/preview"))
    put(store, follows=("didi",))

    assert titles(await told(store, "/preview")) != first


async def test_a_chat_that_is_not_subscribed_sees_what_a_subscriber_gets(store: Store) -> None:
    reply = await told(store, "/preview")

    assert "Week 47" in titles(reply)
    assert "/subscribe" in plain(reply).splitlines()[0]


async def test_a_paused_chat_sees_it_too(store: Store) -> None:
    put(store, state=SubscriberState.PAUSED, next_at=None)
    reply = await told(store, "/preview")

    assert "Week 47" in titles(reply)
    assert "/resume" in plain(reply).splitlines()[0]


async def test_nothing_new_says_so_and_offers_the_newest(store: Store) -> None:
    put(store, last_edition="2026-W47")
    reply = await told(store, "/preview")

    assert plain(reply).startswith("아직 새로 보낼 호가 없습니다.")
    assert "11월 30일(월) 09:00 KST" in plain(reply)
    assert "/latest" in buttons(reply).values()
    assert reply.whisper


async def test_an_edition_sent_by_hand_is_not_previewed_again(store: Store) -> None:
    put(store)
    edition = store.library.edition("2026-W47")
    assert edition is not None
    send_now(store, CHAT, edition, now=NOON)

    assert plain(await told(store, "/preview")).startswith("아직 새로 보낼 호가 없습니다.")


async def test_an_edition_of_muted_companies_alone_says_so(store: Store) -> None:
    put(store, mutes=("meituan",))
    reply = await told(store, "/preview")

    assert "숨긴 회사" in plain(reply)
    assert "/following" in plain(reply)


async def test_with_nothing_published_the_preview_says_so(tmp_path: Path) -> None:
    empty = a_store(tmp_path, a_week("2026-W47"))

    assert plain(await told(empty, "/preview")).startswith("아직 나온 호가 없습니다.")


async def test_why_before_the_first_push(store: Store) -> None:
    put(store)
    text = plain(await told(store, "/why"))

    assert text.startswith("구독 중입니다: 매주 월요일 09:00")
    assert "아직 여기로 보낸 소식이 없습니다." in text
    assert "다음 소식: 11월 30일(월) 09:00 KST" in text
    assert "지금대로라면 ‘Week 47’이 갑니다." in text


async def test_why_after_a_push_tells_when_and_how_many(store: Store) -> None:
    put(store)
    deliver(store, DeliveryState.SENT, DeliveryState.SENT)
    text = plain(await told(store, "/why", now=SLOT + timedelta(hours=1)))

    assert "지난 소식(2026-W49)" in text
    assert "‘Week 47’을 11월 30일(월) 09:01 KST에 보냈습니다(메시지 2개)." in text
    assert "다음 소식: 12월 7일(월) 09:00 KST" in text
    assert "아직 새로 보낼 호가 없습니다." in text


async def test_parts_in_doubt_are_told_as_unknown(store: Store) -> None:
    put(store)
    deliver(store, DeliveryState.SENT, DeliveryState.UNKNOWN, DeliveryState.SENT)
    text = plain(await told(store, "/why", now=SLOT))

    assert "(메시지 2개)" in text
    assert "메시지 1개는 도착했는지 알 수 없습니다." in text
    assert "/digest 2026-W47" in text


async def test_parts_that_failed_are_told_with_the_reason(store: Store) -> None:
    put(store)
    deliver(store, DeliveryState.FAILED, reason="reason.refused")
    text = plain(await told(store, "/why", now=SLOT))

    assert "메시지 1개는 보내지 못했습니다" in text
    assert say("reason.refused", "ko") in text


async def test_parts_that_wait_are_told_with_their_time(store: Store) -> None:
    put(store)
    deliver(store, DeliveryState.SENT, DeliveryState.PLANNED)
    text = plain(await told(store, "/why", now=SLOT))

    assert "메시지 1개가 보내지기를 기다립니다. 예정: 11월 30일(월) 09:01 KST" in text


async def test_a_booking_that_was_not_composed_yet_is_told(store: Store) -> None:
    put(store)
    plan(store, now=SLOT)
    text = plain(await told(store, "/why", now=SLOT))

    assert "‘Week 47’이 보내지기를 기다립니다." in text


async def test_a_skipped_slot_is_told_with_its_reason(store: Store) -> None:
    put(store, last_edition="2026-W47")
    plan(store, now=SLOT + timedelta(hours=13))
    text = plain(await told(store, "/why", now=SLOT + timedelta(hours=13)))

    assert f"보내지 않았습니다: {say('reason.no_new_edition', 'ko')}." in text


async def test_a_slot_that_waits_for_a_late_edition_says_until_when(store: Store) -> None:
    put(store, last_edition="2026-W47")
    plan(store, now=SLOT + timedelta(hours=1))
    text = plain(await told(store, "/why", now=SLOT + timedelta(hours=1)))

    assert "11월 30일(월) 21:00 KST까지 나오면 보냅니다." in text


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"state": SubscriberState.NONE}, "/subscribe"),
        ({"state": SubscriberState.PAUSED}, "/resume"),
        ({"state": SubscriberState.PAUSED, "paused_until": SLOT}, "11월 30일(월) 09:00 KST까지"),
        ({"state": SubscriberState.SUSPENDED, "reason": "reason.blocked"}, say("reason.blocked", "ko")),
        ({"state": SubscriberState.SUSPENDED}, "이유가 기록되지 않음"),
    ],
)
async def test_why_of_a_chat_that_gets_nothing(store: Store, fields: dict[str, object], says: str) -> None:
    put(store, next_at=None, **fields)
    reply = await told(store, "/why")

    assert says in plain(reply).splitlines()[0]
    assert "다음 소식:" not in plain(reply)
    assert {"/subscribe", "/resume"} & set(buttons(reply).values())


async def test_why_of_an_edition_that_came(store: Store) -> None:
    put(store)
    deliver(store, DeliveryState.SENT)
    for name in ("2026-W47", "47", "47호"):
        text = plain(await told(store, f"/why {name}", now=SLOT))
        assert "보냈습니다(메시지 1개)" in text


async def test_why_of_an_edition_that_will_come(store: Store) -> None:
    put(store)
    text = plain(await told(store, "/why 47"))

    assert text.startswith("‘Week 47’은 여기로 보낸 적이 없습니다.")
    assert "지금대로라면 ‘Week 47’이 갑니다." in text


async def test_why_of_a_back_issue(store: Store) -> None:
    put(store)
    reply = await told(store, "/why 2026-W40")

    assert "지난 호로 저장된 것이라" in plain(reply)
    assert "/digest 2026-W40" in buttons(reply).values()


async def test_why_of_an_edition_while_not_subscribed(store: Store) -> None:
    assert "구독하고 있지 않아" in plain(await told(store, "/why 47"))


async def test_why_of_an_edition_of_muted_companies(store: Store) -> None:
    put(store, mutes=("meituan",))

    assert "숨긴 회사" in plain(await told(store, "/why 47"))


async def test_why_of_an_edition_that_a_newer_one_replaced(store: Store) -> None:
    put(store, last_edition="2026-W47")
    store.library.publish_edition("2026-W40", NOON - timedelta(days=50))

    assert "그 사이 더 새로운 호가" in plain(await told(store, "/why 2026-W40"))


async def test_an_unknown_edition_is_refused_with_the_list(store: Store) -> None:
    reply = await told(store, "/why 2031-W01")

    assert reply.tags["refused"] == "why.unknown_edition"
    assert "/editions" in plain(reply)


def test_the_last_slot_is_the_one_touched_last() -> None:
    def row(week: str, part: int, at: datetime) -> Delivery:
        return Delivery(CHAT, week, "e", part, 2, DeliveryState.SENT, due=SLOT, updated_at=at)

    later = NOON + timedelta(days=1)
    rows = (row("2026-W48+e", 0, NOON), row("2026-W48", 1, later), row("2026-W48", 0, NOON))

    assert [(found.week, found.part) for found in last_slot(rows)] == [("2026-W48", 0), ("2026-W48", 1)]
    assert last_slot(()) == ()


def test_a_reason_without_words_is_shown_as_it_is() -> None:
    assert reason_text("reason.from_the_future", "ko") == "reason.from_the_future"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_answer_exists_in_every_language(store: Store, language: Language) -> None:
    texts = ("/why", "/preview", "/why 47", "/why 2026-W40", "/why 99")
    for fields in ({}, {"last_edition": "2026-W47"}, {"mutes": ("meituan",)}):
        put(store, language=language, **fields)
        for text in texts:
            assert "failed" not in (await told(store, text)).tags, text
    put(store, language=language)
    states = (DeliveryState.SENT, DeliveryState.UNKNOWN, DeliveryState.FAILED, DeliveryState.PLANNED)
    deliver(store, *states)
    for text in texts:
        assert "failed" not in (await told(store, text, now=SLOT)).tags, text
