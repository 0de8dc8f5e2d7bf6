"""Quiet hours: as people type them, over midnight, in the chat's own zone."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from handlers.errors import Refusal
from handlers.quiet import HOURS, is_quiet, makes_no_sound, parse_quiet
from store.model import Schedule, Subscriber
from tests.asks import CHAT, a_store, plain, told
from tests.build import a_week
from tests.subscribers import kept, put


@pytest.mark.parametrize(
    ("typed", "hours"),
    [
        ("22:00-08:00", "22:00-08:00"),
        ("22-8", "22:00-08:00"),
        ("22:30 ~ 7:15", "22:30-07:15"),
        ("밤 11시부터 아침 7시까지", "23:00-07:00"),
        ("晚上10点到早上8点", "22:00-08:00"),
        ("11pm to 7am", "23:00-07:00"),
        ("from 9pm until 6am", "21:00-06:00"),
        ("１３：００－１５：００", "13:00-15:00"),
        ("끄기", ""),
        ("OFF", ""),
        ("关闭", ""),
    ],
)
def test_hours_are_read_as_people_type_them(typed: str, hours: str) -> None:
    assert parse_quiet(typed) == hours


@pytest.mark.parametrize("typed", ["x", "22:00", "25-8", "8-8", "22:00-08:00-09:00", "밤", "-", "22:61-8:00"])
def test_what_is_no_two_times_is_refused_with_an_example(typed: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse_quiet(typed)

    assert refused.value.key == "quiet.bad"
    assert refused.value.words["example"] == "/settings quiet 22:00-08:00"


@given(st.text(max_size=40))
def test_any_text_is_hours_or_refused(typed: str) -> None:
    hours, key = "", "quiet.bad"
    try:
        hours = parse_quiet(typed)
    except Refusal as refusal:
        key = refusal.key
    assert hours == "" or HOURS.fullmatch(hours)
    assert key == "quiet.bad"


@pytest.mark.parametrize(
    ("hours", "zone", "utc", "quiet"),
    [
        ("22:00-08:00", "Asia/Seoul", "13:00", True),  # 22:00
        ("22:00-08:00", "Asia/Seoul", "12:59", False),
        ("22:00-08:00", "Asia/Seoul", "22:59", True),  # 07:59
        ("22:00-08:00", "Asia/Seoul", "23:00", False),  # 08:00
        ("13:00-15:00", "UTC", "14:00", True),
        ("13:00-15:00", "UTC", "15:00", False),
        ("13:00-15:00", "America/New_York", "18:30", True),
        ("", "UTC", "03:00", False),
    ],
)
def test_hours_are_the_chats_own(hours: str, zone: str, utc: str, quiet: bool) -> None:
    now = datetime.fromisoformat(f"2026-11-24T{utc}").replace(tzinfo=UTC)
    chat = Subscriber(CHAT, schedule=Schedule(zone=zone), quiet=hours)

    assert is_quiet(hours, zone, now) is quiet
    assert makes_no_sound(chat, now) is quiet


async def test_the_panel_sets_shows_and_ends_quiet_hours(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    offer = await told(store, "/settings quiet")
    assert "Asia/Seoul" in plain(offer)

    changed = await told(store, "/settings quiet 밤 10시부터 아침 8시까지")
    assert "조용한 시간: 22:00–08:00" in plain(changed)
    assert kept(store).quiet == "22:00-08:00"
    await told(store, "/settings 방해금지 끄기")
    assert kept(store).quiet == ""
    assert [line.detail.split(" ", 1)[1] for line in store.ledger.audit()] == [
        "quiet off",
        "quiet 22:00-08:00",
    ]
    store.library.close()
    store.ledger.close()


async def test_an_answer_in_quiet_hours_makes_no_sound(tmp_path: Path) -> None:
    store = a_store(tmp_path, a_week())
    put(store, quiet="22:00-08:00")
    night, day = datetime(2026, 11, 23, 15, tzinfo=UTC), datetime(2026, 11, 23, 3, tzinfo=UTC)

    assert (await told(store, "/company 메이투안", now=night)).silent
    assert not (await told(store, "/company 메이투안", now=day)).silent
    assert (await told(store, "/nonsense", now=night)).silent
    store.library.close()
    store.ledger.close()
