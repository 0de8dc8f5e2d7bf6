"""Slots on every wall clock of the world, and schedules as people type them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings, strategies as st

from handlers.errors import Refusal
from handlers.schedule import (
    faults,
    latest_slot,
    next_slot,
    next_slots,
    parse_schedule,
    schedule_text,
    slot_in_week,
    week_of,
)
from handlers.schedule_words import EXAMPLE, zones
from store.model import LANGUAGES, Schedule

PIECES = ("mon", "화", "周三", "9", "9:30", "오후", "12시", "pm", "seoul", "上海", "/", ":", "+", "반")
ROME = Schedule(2, 10, 15, "Europe/Rome")


def local(moment: datetime, zone: str) -> str:
    return moment.astimezone(ZoneInfo(zone)).strftime("%a %d %H:%M")


def slot(schedule: Schedule, year: int, week: int) -> datetime:
    return slot_in_week(schedule, date.fromisocalendar(year, week, 1))


def test_the_default_is_monday_morning_in_seoul() -> None:
    now = datetime(2026, 11, 20, tzinfo=UTC)
    assert next_slots(Schedule(), after=now) == tuple(
        datetime(2026, 11, 23, tzinfo=UTC) + timedelta(days=7 * n) for n in range(3)
    )


def test_a_slot_is_later_than_the_moment_and_its_week_later_than_the_week() -> None:
    monday = datetime(2026, 11, 23, tzinfo=UTC)
    assert next_slot(Schedule(), after=monday - timedelta(seconds=1)) == monday
    assert next_slot(Schedule(), after=monday) == monday + timedelta(days=7)
    assert next_slot(
        Schedule(), after=monday - timedelta(days=3), after_week="2026-W48"
    ) == monday + timedelta(days=7)
    assert next_slot(Schedule(), after=monday, after_week="2027-W01") == monday + timedelta(days=49)
    assert latest_slot(Schedule(), at=monday) == monday
    assert latest_slot(Schedule(), at=monday - timedelta(seconds=1)) == monday - timedelta(days=7)


@pytest.mark.parametrize(
    ("schedule", "year", "week", "told", "utc"),
    [
        (Schedule(6, 2, 30, "America/New_York"), 2026, 10, "Sun 08 03:00", "2026-03-08T07:00"),
        (Schedule(6, 1, 30, "America/New_York"), 2026, 44, "Sun 01 01:30", "2026-11-01T05:30"),
        (Schedule(4, 9, 0, "Pacific/Apia"), 2011, 52, "Sat 31 00:00", "2011-12-30T10:00"),
        (Schedule(5, 0, 0, "Asia/Beirut"), 2022, 12, "Sat 26 00:00", "2022-03-25T22:00"),
        (Schedule(6, 0, 0, "Asia/Beirut"), 2022, 12, "Sun 27 01:00", "2022-03-26T22:00"),
        (Schedule(6, 0, 30, "America/Havana"), 2026, 10, "Sun 08 01:00", "2026-03-08T05:00"),
        (Schedule(6, 0, 30, "America/Havana"), 2026, 44, "Sun 01 00:30", "2026-11-01T04:30"),
        (Schedule(6, 2, 15, "Australia/Lord_Howe"), 2026, 40, "Sun 04 02:30", "2026-10-03T15:30"),
        (Schedule(6, 23, 30, "Africa/Algiers"), 1971, 16, "Sun 25 22:59", "1971-04-25T22:59"),
        (Schedule(0, 9, 0, "Asia/Kathmandu"), 2026, 53, "Mon 28 09:00", "2026-12-28T03:15"),
    ],
)  # fmt: skip
def test_gaps_are_left_at_their_end_and_overlaps_taken_first(
    schedule: Schedule, year: int, week: int, told: str, utc: str
) -> None:
    moment = slot(schedule, year, week)
    assert local(moment, schedule.zone) == told
    assert moment == datetime.fromisoformat(utc).replace(tzinfo=UTC)


def test_week_53_and_the_turn_of_the_year_are_weeks_like_others() -> None:
    now = datetime(2026, 12, 21, 12, tzinfo=UTC)
    slots = next_slots(Schedule(zone="UTC"), after=now, count=3)
    assert [week_of(s, "UTC") for s in slots] == ["2026-W53", "2027-W01", "2027-W02"]
    assert week_of(datetime(2027, 1, 3, 23, 59, tzinfo=UTC), "UTC") == "2026-W53"
    assert week_of(datetime(2027, 1, 3, 15, 0, tzinfo=UTC), "Asia/Seoul") == "2027-W01"


def test_every_zone_has_one_slot_a_week_in_a_year_of_changes() -> None:
    wall = Schedule(6, 2, 30)
    assert [
        fault for zone in zones() for fault in faults(zone, first=date(2026, 1, 1), weeks=54, wall=wall)
    ] == []


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(zones()),
    st.integers(1971, 2036),
    st.builds(Schedule, st.integers(0, 6), st.sampled_from([0, 1, 2, 3, 9, 23]), st.integers(0, 59)),
)
@example("Pacific/Apia", 2011, Schedule(4, 0, 0))
@example("Pacific/Kwajalein", 1993, Schedule(5, 12, 0))
@example("Pacific/Kiritimati", 1994, Schedule(5, 9, 0))
@example("Africa/Monrovia", 1972, Schedule(4, 0, 15))
@example("America/Godthab", 2024, Schedule(5, 23, 30))
def test_any_schedule_in_any_zone_has_one_slot_a_week(zone: str, year: int, wall: Schedule) -> None:
    assert faults(zone, first=date(year, 1, 1), weeks=54, wall=wall) == ()


def test_the_check_of_a_zone_can_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    day = timedelta(days=1)
    monkeypatch.setattr("handlers.schedule._moment", lambda wall, zone: wall.replace(tzinfo=UTC) - day)
    assert faults("UTC", first=date(2026, 2, 1), weeks=1, wall=Schedule()) != ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mon 09:00 Asia/Seoul", Schedule(0, 9, 0, "Asia/Seoul")),
        ("월요일 오전 9시", Schedule(0, 9, 0, "Europe/Rome")),
        ("월 9:00", Schedule(0, 9, 0, "Europe/Rome")),
        ("周一 9点", Schedule(0, 9, 0, "Europe/Rome")),
        ("tue 7pm America/New_York", Schedule(1, 19, 0, "America/New_York")),
        ("9:30", Schedule(2, 9, 30, "Europe/Rome")),
        ("Asia/Tokyo", Schedule(2, 10, 15, "Asia/Tokyo")),
        ("asia/tokyo", Schedule(2, 10, 15, "Asia/Tokyo")),
        ("seoul", Schedule(2, 10, 15, "Asia/Seoul")),
        ("서울", Schedule(2, 10, 15, "Asia/Seoul")),
        ("上海", Schedule(2, 10, 15, "Asia/Shanghai")),
        ("shanghai", Schedule(2, 10, 15, "Asia/Shanghai")),
        ("도쿄", Schedule(2, 10, 15, "Asia/Tokyo")),
        ("new york", Schedule(2, 10, 15, "America/New_York")),
        ("buenos aires", Schedule(2, 10, 15, "America/Buenos_Aires")),
        ("매주 금요일 저녁 7시 반 뉴욕", Schedule(4, 19, 30, "America/New_York")),
        ("월욜 아침 9시", Schedule(0, 9, 0, "Europe/Rome")),
        ("토요일밤12시", Schedule(5, 0, 0, "Europe/Rome")),
        ("每周日 晚上8点 北京时间", Schedule(6, 20, 0, "Asia/Shanghai")),
        ("星期天下午3点半", Schedule(6, 15, 30, "Europe/Rome")),
        ("禮拜三 中午12點 香港", Schedule(2, 12, 0, "Asia/Hong_Kong")),
        ("every THURSDAY at 18.05", Schedule(3, 18, 5, "Europe/Rome")),
        ("wed 12am", Schedule(2, 0, 0, "Europe/Rome")),
        ("wed 12 p.m. utc", Schedule(2, 12, 0, "UTC")),
        ("fri noon los angeles", Schedule(4, 12, 0, "America/Los_Angeles")),
        ("sun 0900", Schedule(6, 9, 0, "Europe/Rome")),
        ("９：３０　周三", Schedule(2, 9, 30, "Europe/Rome")),
        ("목", Schedule(3, 10, 15, "Europe/Rome")),
        ("Etc/GMT+5", Schedule(2, 10, 15, "Etc/GMT+5")),
        ("", ROME),
    ],
)
def test_schedules_are_read_as_people_type_them(text: str, expected: Schedule) -> None:
    assert parse_schedule(text, ROME) == expected


@pytest.mark.parametrize(
    ("text", "key", "token"),
    [
        ("25:00", "error.bad_time", "25:00"),
        ("mon 24:00", "error.bad_time", "24:00"),
        ("9:75", "error.bad_time", "9:75"),
        ("오전 15시", "error.bad_time", "오전 15시"),
        ("9:00 10:00", "error.bad_time", "10:00"),
        ("mom 9:00", "error.bad_weekday", "mom"),
        ("mon tue", "error.bad_weekday", "tue"),
        ("礼拜八", "error.bad_weekday", "礼拜八"),
        ("Asia/Seul", "error.bad_zone", "Asia/Seul"),
        ("mon 9:00 seul", "error.bad_zone", "seul"),
        ("seoul tokyo", "error.bad_zone", "tokyo"),
        ("UTC+9", "error.bad_zone", "UTC+9"),
        ("<b>x", "error.bad_zone", "<b>x"),
    ],
)
def test_a_bad_piece_is_named_with_an_example_that_can_be_read(text: str, key: str, token: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse_schedule(text, ROME)
    assert refused.value.key == key
    assert refused.value.words["token"] == token
    assert parse_schedule(refused.value.words["example"].removeprefix("/schedule "), ROME) == Schedule()


def test_a_bad_zone_is_answered_with_three_near_ones_and_never_one_of_opposite_sign() -> None:
    for text, wanted in (("Asia/Seul", "Asia/Seoul"), ("shanghia", "Asia/Shanghai"), ("UTC+9", "UTC")):
        with pytest.raises(Refusal) as refused:
            parse_schedule(text, ROME)
        nearest = refused.value.words["nearest"].split(", ")
        assert len(nearest) == 3
        assert wanted in nearest
        assert all(name in zones() and not name.startswith("Etc/") for name in nearest)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60) | st.lists(st.sampled_from(PIECES)).map(" ".join))
def test_any_text_is_read_or_refused_by_one_of_three_keys(text: str) -> None:
    refused, schedule = None, ROME
    try:
        schedule = parse_schedule(text, ROME)
    except Refusal as refusal:
        refused = refusal
    if refused is None:
        assert 0 <= schedule.weekday <= 6
        assert next_slot(schedule, after=datetime(2026, 1, 1, tzinfo=UTC))
    else:
        assert refused.key in {"error.bad_time", "error.bad_weekday", "error.bad_zone"}
        assert 0 < len(refused.words["token"]) <= 40
        assert refused.words["example"] == EXAMPLE


ZONES = [zone for zone in zones() if "/" in zone]  # "Jamaica" is read as the country's own zone


@settings(max_examples=60, deadline=None)
@given(st.builds(Schedule, st.integers(0, 6), st.integers(0, 23), st.integers(0, 59), st.sampled_from(ZONES)))
def test_a_schedule_written_plainly_is_read_back(schedule: Schedule) -> None:
    names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    text = f"{names[schedule.weekday]} {schedule.hour:02}:{schedule.minute:02} {schedule.zone}"
    assert parse_schedule(text, ROME) == schedule


def test_a_schedule_is_told_in_every_language() -> None:
    told = {language: schedule_text(Schedule(), language) for language in LANGUAGES}
    assert len(set(told.values())) == len(LANGUAGES)
    assert all("09:00" in text and "Asia/Seoul" in text for text in told.values())
