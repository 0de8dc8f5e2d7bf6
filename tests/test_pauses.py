"""How long a pause lasts, as people write it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings, strategies as st

from handlers.errors import Refusal
from handlers.pauses import LONGEST, pause_end
from tests.build import NOON

SEOUL_DECEMBER = datetime(2026, 11, 30, 15, tzinfo=UTC)


def ends(text: str) -> datetime | None:
    return pause_end(text, zone="Asia/Seoul", now=NOON)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("2w", 14), ("2 weeks", 14), ("a week", 7), ("10d", 10), ("1 month", 30),
        ("3주", 21), ("3주 동안", 21), ("일주일", 7), ("두 달", 60), ("5일", 5), ("2주간", 14),
        ("两周", 14), ("2周", 14), ("三天", 3), ("两个星期", 14), ("一个月", 30), ("兩週", 14),
    ],
)  # fmt: skip
def test_a_length_counts_from_now(text: str, days: int) -> None:
    assert ends(text) == NOON + timedelta(days=days)


@pytest.mark.parametrize(
    "text",
    [
        "until 2026-12-01", "2026-12-01", "UNTIL 2026/12/1", "2026.12.1", "2026-12-01까지",
        "2026년 12월 1일까지", "12월 1일까지", "到2026-12-01", "直到2026年12月1日", "12月1日", "12月1号",
    ],
)  # fmt: skip
def test_a_date_ends_at_its_midnight_in_the_chats_zone(text: str) -> None:
    assert ends(text) == SEOUL_DECEMBER


def test_a_day_without_a_year_is_the_next_such_day() -> None:
    assert ends("1월 5일까지") == datetime(2027, 1, 4, 15, tzinfo=UTC)


def test_nothing_means_no_end() -> None:
    assert ends("  ") is None


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("soon", "pause.bad_length"), ("2 fortnights", "pause.bad_length"),
        ("2026-02-30", "pause.bad_length"), ("0000-01-01", "pause.bad_length"), ("until", "pause.bad_length"),
        ("2026-11-01", "pause.in_the_past"), ("0d", "pause.in_the_past"), ("2026-11-23", "pause.in_the_past"),
        ("367d", "pause.too_long"), ("2036-01-01", "pause.too_long"), ("9999 months", "pause.too_long"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_by_name(text: str, key: str) -> None:
    with pytest.raises(Refusal) as refused:
        ends(text)

    assert refused.value.key == key
    assert refused.value.words == {"found": text}


@settings(max_examples=100)
@given(st.text(alphabet=st.sampled_from("0123456789-./ wdm주일달까지周天月日号到until年년월"), max_size=20))
def test_any_text_gives_a_moment_in_bounds_or_a_refusal(text: str) -> None:
    try:
        until = ends(text)
    except Refusal:
        return
    assert until is None or NOON < until <= NOON + LONGEST
