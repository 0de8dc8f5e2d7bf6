"""An issue into the library: again it is nothing, changed it is the change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from handlers.errors import Refusal
from handlers.ingest import Change, FieldChange, apply, plan
from handlers.reading import read
from handlers.sample import sample_text
from store.catalogue import load
from store.library import Library
from store.model import Issue, Item, Mention
from store.tiny import open_library

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    opened = open_library(tmp_path)
    yield opened
    opened.close()


def an_item(order: int, **fields: object) -> Item:
    item = Item(order, "story", f"제목 {order}", f"글 {order}이다.", f"https://n.example/{order}")
    return replace(item, **fields)  # type: ignore[arg-type]


def an_issue(*items: Item, **fields: object) -> Issue:
    issue = Issue(8, "주간 소식 8호", "2017-W47", items or tuple(an_item(order) for order in (1, 2, 3)))
    return replace(issue, **fields)  # type: ignore[arg-type]


def take_in(issue: Issue, library: Library, now: datetime = NOW) -> Change:
    change = plan(issue, library, now=now, source="issue.txt")
    apply(change, library)
    return change


def test_a_first_import_is_all_new(library: Library) -> None:
    change = take_in(an_issue(), library)

    assert change.new == ("2017-W47-1", "2017-W47-2", "2017-W47-3")
    assert (change.changed, change.removed, change.same, change.warnings) == ((), (), 0, ())
    edition = library.edition("2017-W47")
    assert edition == change.edition
    assert edition is not None
    assert (edition.number, edition.title, edition.source) == (8, "주간 소식 8호", "issue.txt")
    assert (edition.imported_at, edition.published_at) == (NOW, None)
    assert library.stories_of("2017-W47") == change.stories


def test_planning_writes_nothing(library: Library) -> None:
    plan(an_issue(), library, now=NOW, source="x")

    assert (library.edition_count(), library.story_count()) == (0, 0)


def test_the_sample_twice_adds_nothing(library: Library) -> None:
    issue = read(sample_text(), load())
    first = take_in(issue, library)
    later = datetime(2027, 1, 1, tzinfo=UTC)
    again = take_in(issue, library, later)

    assert len(first.new) == 15
    assert again.empty
    assert again.same == 15
    assert again.edition == first.edition
    assert library.story_count() == 15
    story = library.story("2017-W47-2")
    assert story is not None
    assert story.published == datetime(2017, 11, 15, tzinfo=UTC)


def test_a_changed_text_shows_before_and_after_and_keeps_the_id(library: Library) -> None:
    first = take_in(an_issue(), library)
    change = take_in(an_issue(an_item(1), an_item(2, body="고친 글이다."), an_item(3)), library)

    assert change.changed == (FieldChange("2017-W47-2", "body", "글 2이다.", "고친 글이다."),)
    assert (change.new, change.removed, change.same) == ((), (), 2)
    assert change.edition.content_hash != first.edition.content_hash


def test_a_story_is_known_again_by_its_address_then_by_its_title(library: Library) -> None:
    take_in(an_issue(), library)
    renamed = an_item(1, title="새 제목", source_url="https://n.example/1?utm_source=mail")
    moved = an_item(2, source_url="https://other.example/2")
    change = take_in(an_issue(renamed, moved, an_item(3)), library)

    assert change.new == change.removed == ()
    assert {(c.story, c.field) for c in change.changed} == {
        ("2017-W47-1", "title"),
        ("2017-W47-1", "source_url"),
        ("2017-W47-2", "source_url"),
    }


def test_an_inserted_story_takes_a_fresh_id_and_the_others_keep_theirs(library: Library) -> None:
    take_in(an_issue(), library)
    extra = Item(1, "story", "끼어든 제목", "새 글이다.", "https://n.example/new")
    issue = an_issue(extra, *(replace(an_item(order), order=order + 1) for order in (1, 2, 3)))
    change = take_in(issue, library)

    assert change.new == ("2017-W47-4",)
    assert [story.id for story in change.stories] == ["2017-W47-4", "2017-W47-1", "2017-W47-2", "2017-W47-3"]
    assert [story.order for story in library.stories_of("2017-W47")] == [1, 2, 3, 4]


def test_a_story_that_is_gone_is_told_and_removed(library: Library) -> None:
    take_in(an_issue(), library)
    change = take_in(an_issue(an_item(1), replace(an_item(3), order=2)), library)

    assert change.removed == ("2017-W47-2",)
    assert library.story("2017-W47-2") is None
    assert library.story("2017-W47-3") is not None


def test_another_issue_of_the_same_week_gets_a_suffix(library: Library) -> None:
    take_in(an_issue(), library)
    other = an_issue(an_item(7), number=9, title="다른 소식 9호")
    change = take_in(other, library)

    assert change.edition.id == "2017-W47-b"
    assert change.new == ("2017-W47-b-1",)
    assert take_in(other, library).empty
    assert take_in(an_issue(), library).empty
    third = take_in(an_issue(an_item(8), number=None, title="셋째 소식"), library)
    assert third.edition.id == "2017-W47-c"
    assert take_in(an_issue(an_item(8), number=None, title="셋째  소식"), library).edition.id == "2017-W47-c"


def test_a_corrected_issue_title_is_a_change_of_the_edition(library: Library) -> None:
    take_in(an_issue(), library)
    change = take_in(an_issue(title="주간 소식 여덟째"), library)

    assert change.changed == (FieldChange("2017-W47", "title", "주간 소식 8호", "주간 소식 여덟째"),)
    assert library.edition_count() == 1


def test_without_a_week_dates_in_the_text_decide_and_it_is_told(library: Library) -> None:
    issue = an_issue(an_item(1, body="2018년 3월 7일에 열렸고 2031년 1월 1일까지 간다."), week=None)
    change = plan(issue, library, now=NOW, source="x")

    assert change.edition.id == "2018-W10"
    assert [(p.reason, p.detail) for p in change.warnings] == [("problem.week_from_text", "2018-W10")]


def test_without_any_date_the_week_is_todays_and_the_issue_is_known_again_later(library: Library) -> None:
    issue = an_issue(week=None)
    change = take_in(issue, library)
    later = take_in(issue, library, datetime(2027, 3, 1, tzinfo=UTC))

    assert change.edition.id == "2026-W48"
    assert [p.reason for p in change.warnings] == ["problem.week_from_today"]
    assert later.empty
    assert library.edition_count() == 1


def test_another_issue_of_the_same_name_without_a_week_replaces_nothing(library: Library) -> None:
    take_in(an_issue(week=None, number=None), library)
    other = an_issue(an_item(5), an_item(6), week=None, number=None)

    assert take_in(other, library, datetime(2027, 3, 1, tzinfo=UTC)).removed == ()
    assert library.edition_count() == 2


def test_a_week_far_ahead_is_odd(library: Library) -> None:
    change = plan(an_issue(week="2031-W01"), library, now=NOW, source="x")

    assert [p.reason for p in change.warnings] == ["problem.week_ahead"]


def test_a_change_to_a_published_edition_keeps_its_time_and_is_told(library: Library) -> None:
    take_in(an_issue(), library)
    library.publish_edition("2017-W47", NOW)
    change = take_in(an_issue(an_item(1, body="고침."), an_item(2), an_item(3)), library)

    assert change.warnings[0].reason == "problem.already_published"
    edition = library.edition("2017-W47")
    assert edition is not None
    assert edition.published_at == NOW


def test_advertisements_stay_out_and_the_app_comes_first(library: Library) -> None:
    issue = an_issue(an_item(1), an_item(2, ad=True), an_item(3, kind="app"))
    change = plan(issue, library, now=NOW, source="x")

    assert [(story.kind, story.title, story.order) for story in change.stories] == [
        ("app", "제목 3", 1),
        ("story", "제목 1", 2),
    ]


def test_a_story_printed_without_a_title_is_named_by_its_text_and_spans_stay_true(library: Library) -> None:
    item = an_item(
        1, title="", body="텐센트가 문을 열었다. 다음 글.", mentions=(Mention("tencent", "텐센트", (1, 4)),)
    )
    story = plan(an_issue(item), library, now=NOW, source="x").stories[0]

    assert story.title == "텐센트가 문을 열었다."
    assert f"{story.title}\n{story.body}"[slice(*story.mentions[0].span)] == "텐센트"
    assert take_in(an_issue(item), library).empty is False
    assert take_in(an_issue(item), library).empty


def test_an_issue_without_items_is_refused(library: Library) -> None:
    with pytest.raises(Refusal) as error:
        plan(Issue(None, "", None, ()), library, now=NOW, source="x.txt")

    assert (error.value.key, error.value.words) == ("error.issue_empty", {"source": "x.txt"})


def test_the_content_hash_depends_on_what_is_shown_alone(library: Library) -> None:
    one = plan(an_issue(), library, now=NOW, source="a").edition
    two = plan(an_issue(), library, now=datetime(2027, 1, 1, tzinfo=UTC), source="b").edition

    assert one.content_hash == two.content_hash
    assert len(one.content_hash) == 64
