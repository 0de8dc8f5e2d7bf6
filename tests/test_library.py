"""The contract of store/library.py, over every implementation of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from store.errors import StoreDamaged, StoreFull, StoreLocked
from store.library import Library
from store.model import Amount, Edition, Figure, Story
from store.tiny import TinyLibrary, open_library
from tests.build import NOON, a_story, a_week, an_edition

Again = Callable[[Library], Library]


def _same(library: Library) -> Library:
    return library


def _reopened(library: Library) -> Library:
    assert isinstance(library, TinyLibrary)
    path = library.folder
    library.close()
    return open_library(path)


def _compacted(library: Library) -> Library:
    assert isinstance(library, TinyLibrary)
    library.db.journal.make_due()
    while library.compact():
        pass
    return library


def _compacted_and_reopened(library: Library) -> Library:
    return _reopened(_compacted(library))


@pytest.fixture(params=[_same, _reopened, _compacted, _compacted_and_reopened])
def again(request: pytest.FixtureRequest) -> Again:
    """What is done to a library between writing and reading."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    opened: Library = open_library(tmp_path / "data")
    yield opened
    opened.close()


@pytest.fixture
def weeks(library: Library) -> Library:
    """Four weeks of three stories, put in in no order, the last about another company too."""
    for week in ("2017-W47", "2017-W45", "2018-W01", "2017-W46"):
        edition, stories = a_week(week, number=int(week[-2:]))
        library.put_edition(edition, stories)
    library.put_story(a_story("2018-W01-3", companies=["baidu", "meituan"]))
    return library


def ids(stories: object) -> list[str]:
    return [story.id for story in stories]  # type: ignore[attr-defined]


def test_an_empty_library_answers_everything_with_nothing(library: Library, again: Again) -> None:
    """Nothing is there, and nothing fails."""
    library = again(library)

    assert library.edition("2017-W47") is None
    assert library.edition_by_number(47) is None
    assert library.editions() == ()
    assert (library.edition_count(), library.story_count()) == (0, 0)
    assert library.newest_published(until=NOON) is None
    assert library.story("x") is None
    assert library.stories_of("2017-W47") == ()
    assert library.stories_about("meituan").total == library.apps().total == 0
    assert library.company_counts() == {}
    assert list(library.all_stories()) == []
    assert library.search("배달").total == 0
    assert library.notices() == ()
    library.close()


def test_a_story_comes_back_as_it_was_put(library: Library, again: Again) -> None:
    """Every field, exact."""
    figure = Figure(
        "1억 2,000만 위안",
        Decimal("120000000.50"),
        "CNY",
        value_high=Decimal(3),
        pair=Amount("200억 원", None, "KRW"),
        span=(3, 9),
        sentence="문장.",
    )
    story = a_story(
        title="",
        published=datetime(2017, 11, 20, tzinfo=UTC),
        figures=(figure, Figure("두 배", None, "times")),
        thumbnail_url="",
        source_url=None,
        companies=["meituan", "tencent"],
        kind="app",
    )
    library.put_story(story)
    library = again(library)

    assert library.story(story.id) == story
    assert list(library.all_stories()) == [story]
    library.close()


def test_an_edition_comes_back_with_its_stories_in_order(library: Library, again: Again) -> None:
    """As put, the app first."""
    edition, stories = a_week(count=4, number=7, content_hash="abc", source="file", published_at=NOON)
    library.put_edition(edition, stories)
    library = again(library)

    assert library.edition(edition.id) == edition
    assert library.edition_by_number(7) == edition
    assert library.stories_of(edition.id) == stories
    library.close()


def test_an_edition_must_list_the_stories_it_is_given(library: Library) -> None:
    """Else nothing is kept."""
    edition, stories = a_week()
    for wrong in (stories[:2], stories[::-1], (*stories, stories[0])):
        with pytest.raises(ValueError, match="2017-W47"):
            library.put_edition(edition, wrong)
    with pytest.raises(ValueError, match="another"):
        library.put_edition(edition, [*stories[:2], a_story("2017-W47-3", edition="2017-W48")])
    assert library.story_count() == library.edition_count() == 0


def test_put_again_replaces_and_removes_what_is_no_longer_held(weeks: Library, again: Again) -> None:
    """Stories of the old version that the new one lacks are gone, from every look-up."""
    first, _, third = a_week("2017-W46")[1]
    changed = a_story("2017-W46-1", title="바뀐 제목", companies=["alibaba"])
    weeks.put_edition(an_edition("2017-W46", [changed, third], number=460), [changed, third])
    library = again(weeks)

    assert library.stories_of("2017-W46") == (changed, third)
    assert library.story("2017-W46-2") is None
    assert library.edition_by_number(46) is None
    assert library.story_count() == 11
    assert ids(library.stories_about("alibaba").stories) == [first.id]
    assert library.apps().total == 3
    assert library.search("바뀐").total == 1
    assert library.company_counts() == {"meituan": 10, "baidu": 1, "alibaba": 1}
    library.close()


def test_a_story_that_moved_to_another_edition_is_not_removed_with_the_old(library: Library) -> None:
    """It belongs to where it says."""
    edition, stories = a_week("2017-W46")
    library.put_edition(edition, stories)
    moved = a_story("2017-W46-2", edition="2017-W47")
    library.put_edition(an_edition("2017-W47", [moved]), [moved])
    library.put_edition(an_edition("2017-W46", stories[:1]), stories[:1])
    assert library.story("2017-W46-2") == moved
    assert library.story("2017-W46-3") is None


def test_newest_first_by_edition_then_by_place_in_it(weeks: Library, again: Again) -> None:
    """However they were put in."""
    library = again(weeks)

    page = library.stories_about("meituan", limit=5)
    assert ids(page.stories) == ["2018-W01-1", "2018-W01-2", "2018-W01-3", "2017-W47-1", "2017-W47-2"]
    assert page.total == 12
    assert ids(library.stories_about("meituan", offset=11).stories) == ["2017-W45-3"]
    assert library.stories_about("meituan", offset=12).stories == ()
    assert ids(library.stories_about("baidu").stories) == ["2018-W01-3"]
    assert ids(library.apps(offset=1, limit=2).stories) == ["2017-W47-1", "2017-W46-1"]
    assert ids(library.editions(limit=2)) == ["2018-W01", "2017-W47"]
    assert ids(library.editions(offset=3)) == ["2017-W45"]
    assert library.edition_count() == 4
    library.close()


def test_odd_slices_are_empty_not_wrong(weeks: Library) -> None:
    """Negative or huge numbers, and the company that has no name."""
    for offset, limit in ((0, 0), (0, -1), (99, 1), (10**9, 10**9)):
        assert weeks.stories_about("meituan", offset=offset, limit=limit).stories == ()
        assert weeks.editions(offset=offset, limit=limit) == ()
        assert weeks.search("배달", offset=offset, limit=limit).hits == ()
    assert len(weeks.stories_about("meituan", offset=-5, limit=2).stories) == 2
    assert weeks.stories_about("").total == 0


def test_put_story_leaves_its_edition_as_it_is(weeks: Library, again: Again) -> None:
    """A correction shows; a new story is known, but the edition does not list it."""
    weeks.put_story(a_story("2017-W47-2", title="고친 제목"))
    weeks.put_story(a_story("2017-W47-9"))
    library = again(weeks)

    assert [story.title for story in library.stories_of("2017-W47")][1] == "고친 제목"
    assert len(library.stories_of("2017-W47")) == 3
    assert library.story("2017-W47-9") is not None
    library.close()


def test_publishing_is_once(weeks: Library, again: Again) -> None:
    """The first time stands; the newest by then is found."""
    first = weeks.publish_edition("2017-W45", NOON)
    assert weeks.publish_edition("2017-W45", NOON + timedelta(days=1)) == first
    weeks.publish_edition("2018-W01", NOON + timedelta(days=7))
    library = again(weeks)

    assert first.published_at == NOON
    assert library.newest_published(until=NOON) == first
    assert library.newest_published(until=NOON - timedelta(seconds=1)) is None
    late = library.newest_published(until=NOON + timedelta(days=30))
    assert late is not None
    assert late.id == "2018-W01"
    with pytest.raises(KeyError):
        library.publish_edition("2099-W01", NOON)
    with pytest.raises(ValueError, match="zone"):
        library.publish_edition("2017-W46", datetime(2026, 1, 1))
    library.close()


def test_of_two_editions_of_one_number_the_newest_is_found(library: Library) -> None:
    """A week may have two."""
    library.put_edition(an_edition("2017-W47-b", number=5), ())
    library.put_edition(an_edition("2017-W47", number=5), ())
    found = library.edition_by_number(5)
    assert found is not None
    assert found.id == "2017-W47-b"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("美團", ["a"]),
        ("美团", ["a"]),
        ("메이퇀", ["a"]),
        ("이퇀", ["a"]),
        ("ABC", ["b"]),
        ("ＡＢｃ", ["b"]),
        ("35.5%", ["b"]),
        ("퇀 지갑", ["a"]),
        ("지갑 abc", ["b"]),
        ("퇀 abc", []),
        ("c", ["b"]),
        ("갑", ["b", "a"]),
        ("", []),
        ("  ", []),
        ('"지갑"', []),
        ("지갑*", []),
        ("지갑 OR abc", []),
        ("지갑을", ["b"]),
        ("NEAR(지갑 메이)", []),
        ("갑을열", []),
        ("\0", []),
        ("🦊", ["b"]),
        ("x" * 5000, []),
    ],
)
def test_search_finds_substrings_of_every_word(
    library: Library, again: Again, words: str, expected: list[str]
) -> None:
    """Two syllables are enough, case, width and script are folded, and nothing is an operator."""
    library.put_story(a_story("a", title="메이퇀(美团)", body="지갑 소식", companies=[]))
    library.put_story(a_story("b", title="Abcd 소식", body="지갑을\n열었다 35.5%p 🦊", companies=[]))
    library = again(library)

    found = library.search(words)
    assert sorted(hit.story.id for hit in found.hits) == sorted(expected)
    assert found.total == len(expected)
    library.close()


def test_search_puts_titles_first_then_the_newest(weeks: Library, again: Again) -> None:
    """And pages through the rest."""
    weeks.put_story(a_story("2016-W01-1", title="결제 결제", body="-"))
    library = again(weeks)

    found = library.search("결제", limit=4)
    assert ids(hit.story for hit in found.hits) == ["2016-W01-1", "2018-W01-1", "2018-W01-2", "2018-W01-3"]
    assert found.hits[0].score > found.hits[1].score
    assert found.total == 13
    rest = [
        hit.story.id
        for start in range(0, 15, 4)
        for hit in library.search("결제", offset=start, limit=4).hits
    ]
    assert len(rest) == len(set(rest)) == 13
    library.close()


@pytest.fixture
def dated(library: Library) -> Library:
    """Stories of three weeks, some with the day of their source, about three companies."""
    facts = (
        ("2017-W46-1", ["a"], datetime(2017, 11, 14, tzinfo=UTC)),
        ("2017-W47-1", ["b"], datetime(2017, 11, 15, tzinfo=UTC)),  # from the week before
        ("2017-W47-2", ["a", "b"], None),
        ("2017-W47-b-1", ["c"], None),
        ("2017-W48-1", ["a", "c"], datetime(2017, 11, 30, tzinfo=UTC)),
    )
    for story_id, companies, day in facts:
        library.put_story(a_story(story_id, companies=companies, published=day))
    return library


@pytest.mark.parametrize(
    ("companies", "first", "last", "expected"),
    [
        ((), "", "", ["2017-W46-1", "2017-W47-1", "2017-W47-2", "2017-W47-b-1", "2017-W48-1"]),
        (("b",), "", "", ["2017-W47-1", "2017-W47-2"]),
        (("b", "c"), "", "", ["2017-W47-1", "2017-W47-2", "2017-W47-b-1", "2017-W48-1"]),
        (("nobody",), "", "", []),
        ((), "2017-W47", "2017-W47", ["2017-W47-1", "2017-W47-2", "2017-W47-b-1"]),
        ((), "2017-W48", "", ["2017-W48-1"]),
        ((), "", "2017-W46", ["2017-W46-1"]),
        ((), "2017-11-15", "2017-11-15", ["2017-W47-1"]),
        ((), "2017-11-23", "2017-11-24", ["2017-W47-2", "2017-W47-b-1"]),
        ((), "2017-11-20", "2017-11-26", ["2017-W47-2", "2017-W47-b-1"]),
        (("a",), "2017-11-26", "", ["2017-W47-2", "2017-W48-1"]),
        ((), "2018-01-01", "", []),
        ((), "2018-01-01", "2017-01-01", []),
    ],
)
def test_search_narrows_by_company_and_time(
    dated: Library, again: Again, companies: tuple[str, ...], first: str, last: str, expected: list[str]
) -> None:
    """The day of the source where it is known, else any of the edition's week; a week is the edition's."""
    library = again(dated)
    found = library.search("결제", companies=companies, first=first, last=last)
    assert sorted(ids(hit.story for hit in found.hits)) == expected
    assert found.total == len(expected)
    library.close()


def test_search_without_words_lists_what_companies_have_newest_first(dated: Library, again: Again) -> None:
    """A page at a time; without companies there is nothing to list."""
    library = again(dated)
    found = library.search("", companies=["a", "c"], limit=2)
    assert ids(hit.story for hit in found.hits) == ["2017-W48-1", "2017-W47-b-1"]
    assert found.total == 4
    rest = library.search(" ", companies=["a", "c"], offset=2, limit=9, first="2017-W47")
    assert ids(hit.story for hit in rest.hits) == ["2017-W47-2"]
    assert library.search("", first="2017").total == 0
    library.close()


def test_narrowing_agrees_over_an_index_of_many(library: Library, again: Again) -> None:
    """Where a company has more stories than are looked through one by one."""
    for week in range(10, 50):
        stories = [
            a_story(
                f"2017-W{week}-{order}", companies=["many", f"c{order}"], title="드론" if order < 4 else "-"
            )
            for order in range(1, 8)
        ]
        library.put_edition(an_edition(f"2017-W{week}", stories), stories)
    library = again(_compacted(library))
    assert library.search("드론", companies=["many"]).total == 120
    assert library.search("드론", companies=["many"], first="2017-W20", last="2017-W29").total == 30
    assert library.search("드론", companies=["c3", "c5"]).total == 40
    found = library.search("드론", first="2017-W49", limit=9)
    assert ids(hit.story for hit in found.hits) == ["2017-W49-1", "2017-W49-2", "2017-W49-3"]
    library.close()


def test_stories_of_several_companies_and_who_is_beside_one(dated: Library, again: Again) -> None:
    """Newest first, with how many they share and the newest that they do."""
    library = again(dated)
    assert ids(library.stories_about_all(["a", "b"]).stories) == ["2017-W47-2"]
    assert ids(library.stories_about_all(["a"], limit=2).stories) == ["2017-W48-1", "2017-W47-2"]
    assert library.stories_about_all(["a"], limit=1).total == 3
    assert library.stories_about_all([]).total == library.stories_about_all(["a", "nobody"]).total == 0
    assert library.beside("a") == {"b": (1, "2017-W47-2"), "c": (1, "2017-W48-1")}
    assert library.beside("nobody") == library.beside("") == {}
    library.close()


def test_the_state_changes_with_every_write_and_with_nothing_else(weeks: Library) -> None:
    """So that what was derived from the stories may be kept."""
    before = weeks.state()
    weeks.search("결제")
    assert weeks.state() == before
    weeks.put_story(a_story("2017-W47-1", title="바뀐"))
    assert weeks.state() != before


def test_what_cannot_be_kept_is_refused_whole(library: Library) -> None:
    """Half a surrogate pair in one story: none of the edition is kept."""
    edition, stories = a_week()
    bad = a_story("2017-W47-3", title="\ud800")
    with pytest.raises(ValueError, match="JSON"):
        library.put_edition(edition, [*stories[:2], bad])
    assert library.story_count() == library.edition_count() == 0


def test_a_second_writer_is_refused_and_a_reader_is_not(weeks: Library, tmp_path: Path) -> None:
    """A reader sees the moment it opened, and writes nothing."""
    with pytest.raises(StoreLocked):
        open_library(tmp_path / "data")
    reader = open_library(tmp_path / "data", read_only=True)
    weeks.put_story(a_story("2019-W01-1"))

    assert reader.story_count() == 12
    assert reader.search("결제").total == 12
    assert not reader.compact()
    with pytest.raises(StoreFull):
        reader.put_story(a_story("2019-W01-2"))
    reader.close()


def test_a_file_that_holds_no_stories_is_refused(tmp_path: Path) -> None:
    """JSON of another program in the place of ours."""
    (tmp_path / "library.json").write_text('{"stories": {"1": {"name": "x"}}}')
    with pytest.raises(StoreDamaged, match="not a story of ours"):
        open_library(tmp_path)


def test_closing_twice_is_once(library: Library) -> None:
    """Idempotent."""
    library.close()
    library.close()


stories_in = st.lists(
    st.builds(
        lambda week, order, companies, kind, title: a_story(
            f"2017-W{week}-{order}", companies=companies, kind=kind, title=title, body="-"
        ),
        st.integers(10, 13),
        st.integers(1, 4),
        st.lists(st.sampled_from(["a", "b", "c"]), max_size=3, unique=True),
        st.sampled_from(["app", "story"]),
        st.text("가나다", max_size=4),
    ),
    max_size=12,
)


@given(stories=stories_in, reopen=st.booleans())
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_look_ups_agree_with_looking_at_everything(
    tmp_path_factory: pytest.TempPathFactory, stories: list[Story], reopen: bool
) -> None:
    """Whatever was put and corrected, in whatever order."""
    library = open_library(tmp_path_factory.mktemp("any"))
    model: dict[str, Story] = {}
    for story in stories:
        library.put_story(story)
        model[story.id] = story
    if reopen:
        library = _compacted_and_reopened(library)

    newest = sorted(model.values(), key=lambda story: (story.edition, -story.order), reverse=True)
    for company in "abc":
        expected = [story for story in newest if company in story.companies]
        assert list(library.stories_about(company, limit=99).stories) == expected
    assert list(library.apps(limit=99).stories) == [story for story in newest if story.kind == "app"]
    for word in ("가", "나다", "가나다"):
        found = {hit.story.id for hit in library.search(word, limit=99).hits}
        assert found == {story.id for story in newest if word in story.title}
    assert library.story_count() == len(model)
    library.close()


def test_the_edition_type_is_the_shared_one(weeks: Library) -> None:
    """No type of the implementation leaks out."""
    assert type(weeks.editions()[0]) is Edition
    assert type(weeks.apps().stories[0]) is Story
