"""Stories a week: which weeks, how many stories, and the bars."""

from __future__ import annotations

from pathlib import Path

from handlers.week_counts import breaks, counted, known_weeks, span_text
from store.model import Company
from tests.asks import a_store
from tests.build import a_story, a_week, an_edition


def test_only_so_many_editions_are_read_as_weeks_are_asked_for(tmp_path: Path) -> None:
    store = a_store(tmp_path, *(a_week(f"2017-W{at:02}", 1) for at in range(1, 21)))
    found, more = known_weeks(store.library, 12)
    assert (found[0], found[-1], len(found), more) == ("2017-W09", "2017-W20", 12, True)
    assert known_weeks(store.library, 20) == (tuple(f"2017-W{at:02}" for at in range(1, 21)), False)


def test_weeks_are_dotted_where_time_is_missing_but_not_over_new_year() -> None:
    assert breaks(("2017-W51", "2017-W52", "2018-W01", "2018-W03")) == {3}
    assert breaks(("2020-W53", "2021-W01")) == frozenset()


def test_a_time_is_said_from_monday_to_sunday() -> None:
    assert span_text(("2017-W52", "2018-W01"), "en") == "25 Dec 2017–7 Jan 2018"
    assert span_text(("2017-W47",), "ko") == "2017년 11월 20일–26일"
    assert span_text(("x", "y"), "ko") == "x–y"


def test_more_stories_than_a_page_are_counted_and_older_ones_are_not_looked_at(tmp_path: Path) -> None:
    many = [a_story(f"2017-W47-{at}", companies=("meituan",)) for at in range(1, 131)]
    old = [a_story("2017-W10-1", companies=("meituan",))]
    store = a_store(tmp_path, (an_edition("2017-W47", many), many), (an_edition("2017-W10", old), old))
    meituan = store.catalogue.get("meituan")
    assert meituan is not None
    count = counted(store, meituan, ("2017-W46", "2017-W47"))
    assert (count.values, count.members, count.peak) == ((0, 130), ("meituan",), 1)


def test_a_company_that_the_catalogue_lost_is_counted_by_its_own_id(tmp_path: Path) -> None:
    stories = [a_story("2017-W47-1", companies=("gone",))]
    store = a_store(tmp_path, (an_edition("2017-W47", stories), stories))
    assert counted(store, Company("gone", "company"), ("2017-W47",)).values == (1,)
