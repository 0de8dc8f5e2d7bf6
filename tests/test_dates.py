"""Dates and times as each language writes them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from handlers.dates import (
    day,
    edition_name,
    moment_text,
    monday_of,
    nth_thursday,
    story_day,
    week_dates,
    week_text,
    weekday_name,
)  # fmt: skip
from store.model import LANGUAGES, Language
from tests.build import a_story, an_edition

LATE = datetime(2017, 11, 21, 23, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "expected"),
    [("ko", "2017년 11월 22일"), ("en", "22 Nov 2017"), ("zh", "2017年11月22日")],
)
def test_a_day_is_the_zones_own(language: Language, expected: str) -> None:
    assert day(LATE, language, "Asia/Seoul") == expected
    assert day(LATE, language) != expected


@pytest.mark.parametrize(
    ("language", "zone", "expected"),
    [
        ("ko", "Asia/Seoul", "11월 22일(수) 08:30 KST"),
        ("en", "Europe/Paris", "Wed 22 Nov, 00:30 CET"),
        ("zh", "Asia/Dubai", "11月22日周三 03:30 UTC+04:00"),
    ],
)
def test_a_moment_names_its_zone(language: Language, zone: str, expected: str) -> None:
    assert moment_text(LATE, language, zone) == expected


def test_weekdays_begin_with_monday() -> None:
    assert [weekday_name(0, language) for language in LANGUAGES] == ["월요일", "Monday", "星期一"]
    assert weekday_name(6, "ko") == "일요일"


@pytest.mark.parametrize(
    ("week", "language", "expected"),
    [
        ("2017-W47", "ko", "2017년 11월 20일–26일"),
        ("2017-W48", "ko", "2017년 11월 27일–12월 3일"),
        ("2017-W47-b", "en", "20–26 Nov 2017"),
        ("2017-W48", "en", "27 Nov–3 Dec 2017"),
        ("2017-W47", "zh", "2017年11月20日–26日"),
        ("2018-W01", "ko", "2018년 1월 1일–7일"),
        ("2020-W53", "ko", "2020년 12월 28일–2021년 1월 3일"),
        ("2020-W53", "en", "28 Dec 2020–3 Jan 2021"),
        ("2020-W53", "zh", "2020年12月28日–2021年1月3日"),
        ("special", "ko", "special"),
        ("2017-W54", "ko", "2017-W54"),
    ],
)
def test_a_week_is_told_by_its_days(week: str, language: Language, expected: str) -> None:
    assert week_dates(week, language) == expected


def test_the_newsletters_fourth_week_of_november_is_week_47() -> None:
    assert week_text("2017-W47", "ko") == "2017년 11월 넷째 주"
    assert week_text("2017-W47", "en") == "4th week of November 2017"
    assert week_text("2017-W47", "zh") == "2017年11月第四周"
    assert nth_thursday(2017, 11, 4) == date(2017, 11, 23)
    assert nth_thursday(2017, 11, 6) is None
    assert nth_thursday(2017, 2, 5) is None


@given(st.dates(date(2000, 1, 3), date(2099, 12, 27)))
def test_every_week_has_a_place_in_the_month_of_its_thursday(moment: date) -> None:
    iso = moment.isocalendar()
    monday = monday_of(f"{iso.year}-W{iso.week:02}")
    assert monday is not None
    thursday = monday + timedelta(days=3)
    assert nth_thursday(thursday.year, thursday.month, (thursday.day - 1) // 7 + 1) == thursday


def test_an_edition_is_called_by_its_number_else_its_week() -> None:
    assert edition_name(an_edition(number=8), "ko") == "8호"
    assert edition_name(an_edition(), "ko") == "2017년 11월 넷째 주"


def test_a_storys_day_is_its_sources_else_its_editions_week() -> None:
    edition = an_edition(number=8)
    published = datetime(2017, 11, 15, tzinfo=UTC)
    assert story_day(a_story(published=published), edition, "ko") == "8호 · 2017년 11월 15일"
    assert story_day(a_story(), edition, "ko") == "8호 · 2017년 11월 넷째 주"
    assert story_day(a_story(), an_edition(), "ko") == "2017년 11월 넷째 주"
    assert story_day(a_story(published=published), None, "ko") == "2017년 11월 15일"
    assert story_day(a_story(), None, "ko") == "2017-W47"
