"""Which edition a person means."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from handlers.editions import around, find_edition, newest
from store.bundle import Store
from store.model import Edition
from tests.asks import a_store
from tests.build import a_week


@pytest.fixture
def store(tmp_path: Path) -> Store:
    weeks = ("2016-W47", "2017-W46", "2017-W47", "2017-W47-b", "2017-W49-b", "2018-W01")
    return a_store(tmp_path, *(a_week(week, 1, number=number) for number, week in enumerate(weeks, start=1)))


def found(store: Store, text: str) -> str | None:
    edition = find_edition(text, store)
    return edition.id if edition else None


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("3", "2017-W47"),
        ("3호", "2017-W47"),
        ("제3호", "2017-W47"),
        ("第3期", "2017-W47"),
        ("#3", "2017-W47"),
        ("No. 3", "2017-W47"),
        ("2017-W47", "2017-W47"),
        ("2017-w47", "2017-W47"),
        ("2017w47", "2017-W47"),
        ("2017-W47-B", "2017-W47-b"),
        ("2017-W49", "2017-W49-b"),
        ("2017-11-22", "2017-W47"),
        ("2017.11.26", "2017-W47"),
        ("2017년 11월 20일", "2017-W47"),
        ("2017年11月20日", "2017-W47"),
        ("2018-01-01", "2018-W01"),
        ("2017년 11월 넷째 주", "2017-W47"),
        ("2017년 11월 4주", "2017-W47"),
        ("2017년 11월 4째주", "2017-W47"),
        ("2017년 11월 셋째주", "2017-W46"),
        ("11월 넷째 주", "2017-W47"),
        ("2016년 11월 넷째 주", "2016-W47"),
        ("2017年11月第四周", "2017-W47"),
        ("2017年11月第4周", "2017-W47"),
        ("4th week of November 2017", "2017-W47"),
        ("fourth week of Nov 2017", "2017-W47"),
        ("2018년 1월 첫째 주", "2018-W01"),
        ("99", None),
        ("2017-W50", None),
        ("2017-02-30", None),
        ("2017년 13월 첫째 주", None),
        ("2017년 11월 다섯째 주", None),
        ("메이투안", None),
        ("", None),
    ],
)
def test_an_edition_is_found_by_number_week_or_date(store: Store, typed: str, expected: str | None) -> None:
    assert found(store, typed) == expected


def test_neighbours_are_the_weeks_before_and_after(store: Store) -> None:
    middle, last = store.library.edition("2017-W47"), newest(store)
    assert middle is not None
    assert last is not None
    assert last.id == "2018-W01"
    beside = around(middle, store)
    assert [edition and edition.id for edition in (beside.earlier, beside.later)] == [
        "2017-W46",
        "2017-W47-b",
    ]
    assert around(last, store).later is None


def test_an_edition_that_is_not_kept_has_no_neighbours(store: Store) -> None:
    gone = a_week("2019-W01")[0]
    assert around(gone, store).later is None


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(st.sampled_from("0123456789-Ww년월일주째넷호第月周. "), max_size=24))
def test_any_text_names_an_edition_or_none(store: Store, text: str) -> None:
    assert isinstance(find_edition(text, store), Edition | None)
