"""/errors and /retry: what was not delivered, and sending it again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from store.bundle import Store
from store.model import LANGUAGES, Chat, Delivery, DeliveryState, Language, Subscriber
from tests.admins import run
from tests.asks import a_store, buttons, plain
from tests.build import NOON, a_week
from tests.presses import press

SENT, FAILED, UNKNOWN = DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.UNKNOWN


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = a_store(tmp_path, a_week("2026-W47"))
    yield store
    store.library.close()
    store.ledger.close()


def a_part(store: Store, name: str, state: DeliveryState, *, hours: float = 0, reason: str = "") -> int:
    """A part of one chat that came to this; its number, where it is trouble."""
    chat = Chat("telegram", "100", name)
    booking = Delivery(chat, "2026-W48", "2026-W47", 0, 0, DeliveryState.PLANNED, NOON, updated_at=NOON)
    assert store.ledger.book(Subscriber(chat), booking, expected_next_at=None)
    (part,) = store.ledger.write_parts(booking, ["words"])
    store.ledger.settle(part, state, at=NOON + timedelta(hours=hours), reason=reason, message_id="1")
    return next((number for number, row in store.ledger.troubled(limit=99) if row.chat == chat), 0)


def state_of(store: Store, name: str) -> tuple[DeliveryState, str]:
    row = store.ledger.deliveries(Chat("telegram", "100", name))[0]
    return row.state, row.reason


async def test_nothing_wrong_is_said(store: Store) -> None:
    a_part(store, "1", SENT)
    assert "없습니다" in plain(await run(store, "/errors"))


async def test_failed_and_unknown_parts_come_newest_first_with_their_reasons(store: Store) -> None:
    a_part(store, "old", FAILED, reason="reason.refused")
    a_part(store, "sent", SENT)
    a_part(store, "new", UNKNOWN, hours=1, reason="reason.interrupted")
    text = plain(await run(store, "/errors", client_language="en"))
    assert text.startswith("2 messages failed or are in doubt. Page 1 of 1")
    assert text.index("telegram:100:new") < text.index("telegram:100:old")
    assert "may or may not have arrived" in text
    assert "the platform refused this message" in text
    assert "telegram:100:sent" not in text


async def test_pages_turn_and_a_page_past_the_end_is_the_last(store: Store) -> None:
    for number in range(20):
        a_part(store, f"c{number:02}", FAILED, hours=number)
    first = await run(store, "/errors")
    assert "c19" in plain(first)
    assert "/errors 2" in buttons(first).values()
    last = await run(store, "/errors 99")
    assert "c00" in plain(last)
    assert {"/errors 2"} == {c for c in buttons(last).values() if c.startswith("/errors")}


@pytest.mark.parametrize(
    "text", ["/errors x", "/retry", "/retry x", "/retry 12 yes", "/retry paused", "/retry hold-over"]
)
async def test_what_makes_no_sense_is_refused_kindly(store: Store, text: str) -> None:
    assert "refused" in (await run(store, text)).tags


async def test_one_message_is_sent_again_only_after_its_button(store: Store) -> None:
    number = a_part(store, "1", FAILED, reason="reason.refused")
    asked = await run(store, f"/retry {number}")
    assert state_of(store, "1") == (FAILED, "reason.refused")
    await run(store, f"/retry {number} yes")  # typed, not pressed
    assert state_of(store, "1") == (FAILED, "reason.refused")
    await press(store, asked, f"/retry {number} yes", admin=True)
    assert state_of(store, "1") == (DeliveryState.PLANNED, "")
    again = await press(store, asked, f"/retry {number} yes", admin=True)
    assert again.tags["refused"] == "retry.settled"


async def test_what_may_have_arrived_keeps_that_mark_when_it_is_sent_again(store: Store) -> None:
    number = a_part(store, "1", UNKNOWN)
    asked = await run(store, f"/retry {number}")
    await press(store, asked, f"/retry {number} yes", admin=True)
    assert state_of(store, "1") == (DeliveryState.PLANNED, "reason.again")


async def test_a_sent_message_is_never_sent_again(store: Store) -> None:
    number = a_part(store, "1", FAILED)
    asked = await run(store, f"/retry {number}")
    (row,) = store.ledger.deliveries(Chat("telegram", "100", "1"))
    store.ledger.settle(row, SENT, at=NOON)
    pressed = await press(store, asked, f"/retry {number} yes", admin=True)
    assert pressed.tags["refused"] == "retry.settled"
    assert store.ledger.retry([number], at=NOON) == 0
    assert state_of(store, "1")[0] is SENT


async def test_all_of_the_last_seven_days_are_sent_again_and_no_others(store: Store) -> None:
    a_part(store, "old", FAILED, hours=-24 * 7 - 1)
    a_part(store, "failed", FAILED)
    a_part(store, "unknown", UNKNOWN)
    a_part(store, "sent", SENT)
    asked = await run(store, "/retry all", client_language="en")
    assert "2 messages" in plain(asked)
    assert "1 of them may have arrived" in plain(asked)
    await press(store, asked, "/retry all yes", admin=True)
    assert {name: state_of(store, name)[0].value for name in ("old", "failed", "unknown", "sent")} == {
        "old": "failed",
        "failed": "planned",
        "unknown": "planned",
        "sent": "sent",
    }
    assert store.ledger.audit()[0].detail == "all: 2"


async def test_a_paused_platform_goes_on(store: Store) -> None:
    store.ledger.hold("telegram", "reason.refusing", at=NOON)
    assert "telegram" in plain(await run(store, "/errors"))
    assert "telegram" in plain(await run(store, "/status"))
    asked = await run(store, "/retry paused")
    await press(store, asked, "/retry paused yes", admin=True)
    assert store.ledger.holds() == {}


@pytest.mark.parametrize(
    ("language", "name"),
    [("ko", "Slack 워크스페이스 T1"), ("en", "the Slack workspace T1"), ("zh", "Slack 工作区 T1")],
)
async def test_a_paused_workspace_is_named_and_goes_on(store: Store, language: Language, name: str) -> None:
    store.ledger.hold("slack:T1", "reason.refusing", at=NOON)
    for text in ("/errors", "/status"):
        assert name in plain(await run(store, text, client_language=language))
    asked = await run(store, "/retry paused", client_language=language)
    assert name in plain(asked)
    await press(store, asked, "/retry paused yes", admin=True)
    assert store.ledger.holds() == {}


@pytest.mark.parametrize("way", ["hold-over", "hold-over skip"])
async def test_held_pushes_go_on_by_either_way(store: Store, way: str) -> None:
    store.ledger.hold("push", "reason.restored", at=NOON)
    shown = await run(store, "/errors")
    assert f"/retry {way}" in buttons(shown).values()
    asked = await run(store, f"/retry {way}")
    assert store.ledger.holds() == {"push": "reason.restored"}
    await press(store, asked, f"/retry {way} yes", admin=True)
    assert store.ledger.holds() == {}


async def test_the_past_is_told_in_counts(store: Store) -> None:
    a_part(store, "1", FAILED)
    store.ledger.prune(now=NOON + timedelta(weeks=14))
    assert "13" in plain(await run(store, "/errors"))


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_answer_exists_in_every_language(store: Store, language: Language) -> None:
    number = a_part(store, "1", UNKNOWN, reason="reason.crash")
    store.ledger.hold("push", "reason.clock", at=NOON)
    store.ledger.hold("slack", "reason.refusing", at=NOON)
    for text in ("/errors", f"/retry {number}", "/retry all", "/retry paused", "/retry hold-over", "/status"):
        reply = await run(store, text, client_language=language)
        assert reply.language == language
        assert "failed" not in reply.tags, text


async def test_only_those_who_run_the_bot_may(store: Store) -> None:
    for text in ("/errors", "/retry all"):
        assert (await run(store, text, admin=False)).tags["refused"] == "answer.admins_only"
