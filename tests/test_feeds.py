"""The contract of store/feeds.py, over every implementation of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from store.errors import StoreDamaged, StoreLocked
from store.feed_records import submission_document, submission_from
from store.feeds import Feeds, FeedState, Submission, SubmissionState
from store.model import Amount, Chat, Figure, Mention
from store.tiny_feeds import TinyFeeds, open_feeds
from tests.build import NOON, a_feed, an_entry

Again = Callable[[Feeds, Path], Feeds]
CHAT = Chat("telegram", "1", "2", "3")


def _same(feeds: Feeds, folder: Path) -> Feeds:
    return feeds


def _reopened(feeds: Feeds, folder: Path) -> Feeds:
    feeds.close()
    return open_feeds(folder)


def _compacted_and_reopened(feeds: Feeds, folder: Path) -> Feeds:
    assert isinstance(feeds, TinyFeeds)
    feeds.db.journal.make_due()
    while feeds.compact():
        pass
    return _reopened(feeds, folder)


@pytest.fixture(params=[_same, _reopened, _compacted_and_reopened])
def again(request: pytest.FixtureRequest) -> Again:
    """What is done to feeds between writing and reading."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def feeds(tmp_path: Path) -> Iterator[Feeds]:
    opened: Feeds = open_feeds(tmp_path)
    yield opened
    opened.close()


def test_empty_feeds_answer_everything_with_nothing(feeds: Feeds, again: Again, tmp_path: Path) -> None:
    """Nothing is there, and nothing fails."""
    feeds = again(feeds, tmp_path)

    lists = (feeds.feeds(), feeds.due(NOON), feeds.entries_of("1"), feeds.entries_since(NOON))
    assert (*lists, feeds.submissions()) == ((), (), (), (), ())
    assert feeds.feed("1") is feeds.feed("x") is feeds.feed_at("https://news.example/") is None
    rows = (feeds.next_at(), feeds.entry("1"), feeds.submission("1"), feeds.remove("1"))
    assert rows == (None, None, None, None)
    assert (feeds.entry_count(), feeds.prune(NOON)) == (0, 0)
    assert not feeds.knows(an_entry())
    assert feeds.notices() == ()
    feeds.close()


def test_a_feed_comes_back_as_it_was_put(feeds: Feeds, again: Again, tmp_path: Path) -> None:
    """Every field, exact."""
    (added,) = feeds.add([a_feed()])
    whole = replace(
        added,
        zone="Asia/Shanghai",
        state=FeedState.GONE,
        site="https://news.example/",
        etag='W/"a b"',
        modified="Mon, 23 Nov 2026 12:00:00 GMT",
        digest="ab",
        interval=timedelta(minutes=17),
        last_at=NOON,
        new_at=NOON,
        added_at=NOON,
        fails=3,
        last_error="error.fetch_status",
        error_words=(("url", "https://news.example"), ("status", "410")),
        notice="gone",
        told="moved",
        moved_to="https://other.example/feed",
        moved=2,
    )
    feeds.put([whole])
    feeds = again(feeds, tmp_path)

    assert feeds.feed(added.id) == feeds.feed_at(whole.url) == whole
    assert feeds.feeds() == (whole,)
    feeds.close()


def test_an_entry_comes_back_as_it_was_put(feeds: Feeds, again: Again, tmp_path: Path) -> None:
    """Every field, also what was understood of it later."""
    (kept,) = feeds.put(
        [], [an_entry(published=datetime(2026, 11, 22, tzinfo=UTC), url="https://a.example/?")]
    )
    figure = Figure("두 배", Decimal(2), "times", Decimal(3), Amount("x", None, "KRW"), (0, 1), "문장.")
    whole = replace(
        kept, mentions=(Mention("meituan", "메이투안", (0, 4)),), figures=(figure,), language="ko"
    )
    feeds.put_entries([whole])
    feeds = again(feeds, tmp_path)

    assert feeds.entry(kept.id) == whole
    assert feeds.entries_since(NOON) == feeds.entries_of("1") == (whole,)
    feeds.close()


def test_an_address_is_kept_once(feeds: Feeds) -> None:
    """Of two feeds at one address the first stays; removing it makes room."""
    (first,) = feeds.add([a_feed(), a_feed(title="twice")])

    assert feeds.add([a_feed()]) == ()
    assert feeds.remove(first.id) == first
    (second,) = feeds.add([a_feed()])
    assert second.id != first.id
    assert feeds.put([first]) == ()
    assert feeds.feeds() == (second,)


def test_due_feeds_come_the_longest_due_first(feeds: Feeds, again: Again, tmp_path: Path) -> None:
    """Paused, gone and later feeds do not come."""
    late, early, later = feeds.add(
        [
            a_feed("https://a.example/", next_at=NOON),
            a_feed("https://b.example/", next_at=NOON - timedelta(hours=1)),
            a_feed("https://c.example/", next_at=NOON + timedelta(seconds=1)),
        ]
    )
    feeds.add([a_feed(f"https://{state}.example/", state=state) for state in ("paused", "gone")])
    (paused, gone) = feeds.feeds()[3:]
    feeds.put([replace(paused, state=FeedState.PAUSED), replace(gone, state=FeedState.GONE)])
    feeds = again(feeds, tmp_path)

    assert feeds.due(NOON) == (early, late)
    assert feeds.due(NOON, limit=1) == (early,)
    assert feeds.due(NOON, but={early.id}) == (late,)
    assert feeds.next_at() == early.next_at
    feeds.put([replace(early, next_at=NOON + timedelta(days=1)), replace(late, next_at=None)])
    assert feeds.due(NOON) == ()
    assert feeds.next_at() == later.next_at
    assert feeds.next_at(but={later.id}) == NOON + timedelta(days=1)
    feeds.close()


@pytest.mark.parametrize(
    ("other", "known"),
    [
        (an_entry(2, canonical_url="https://news.example/1", feed="9"), True),
        (an_entry(2, guid="guid-1"), True),
        (an_entry(2, guid="guid-1", feed="9"), False),
        (an_entry(2, title="  제 목1 ", text="본문 1"), True),
        (an_entry(2, title="제목 1", text="본문 1", feed="9"), False),
        (an_entry(2, title="제목 1"), False),
        (an_entry(2, guid="", canonical_url="", url="", title=""), False),
    ],
    ids=[
        "address",
        "guid",
        "guid of another feed",
        "title",
        "title of another feed",
        "other text",
        "nothing",
    ],
)
def test_what_came_before_is_known(
    feeds: Feeds, again: Again, tmp_path: Path, other: object, known: bool
) -> None:
    """By canonical address everywhere, by guid and by title with its beginning in its own feed."""
    feeds.put([], [an_entry(1)])
    feeds = again(feeds, tmp_path)

    assert feeds.knows(other) is known  # type: ignore[arg-type]
    assert len(feeds.put([], [other])) == (not known)  # type: ignore[list-item]
    feeds.close()


def test_a_title_that_returns_on_another_day_is_new(feeds: Feeds) -> None:
    """A daily column has the same title every day."""
    day = datetime(2026, 11, 22, tzinfo=UTC)
    feeds.put([], [an_entry(1, published=day)])

    assert feeds.knows(an_entry(2, title="제목 1", text="?", published=day + timedelta(hours=3)))
    assert not feeds.knows(an_entry(2, title="제목 1", text="?", published=day + timedelta(days=1)))


def test_entries_come_in_order_of_arrival_page_by_page(feeds: Feeds, again: Again, tmp_path: Path) -> None:
    """Also when the entry that a page ended with is gone."""
    kept = [
        feeds.put([], [an_entry(number, seen_at=NOON + timedelta(hours=number))])[0] for number in range(6)
    ]
    feeds = again(feeds, tmp_path)

    assert feeds.entries_since(NOON + timedelta(hours=2)) == tuple(kept[2:])
    assert feeds.entries_since(NOON, limit=2) == tuple(kept[:2])
    assert feeds.entries_since(NOON, after=kept[1].id, limit=2) == tuple(kept[2:4])
    assert feeds.entries_of("1", limit=2) == (kept[5], kept[4])
    assert feeds.prune(NOON + timedelta(hours=2), limit=1) == 1
    assert feeds.prune(NOON + timedelta(hours=2)) == 1
    assert feeds.entries_since(NOON, after=kept[1].id, limit=2) == tuple(kept[2:4])
    assert feeds.entry_count() == 4
    feeds.close()


def test_what_names_no_date_stays_known_for_a_year(feeds: Feeds, again: Again, tmp_path: Path) -> None:
    """A page that lists the same old things for ever is not news every six weeks."""
    dated = an_entry(2, published=NOON)
    feeds.put([], [an_entry(1), dated])
    feeds.prune(NOON + timedelta(days=1))
    feeds = again(feeds, tmp_path)

    assert feeds.entry_count() == 0
    assert feeds.knows(an_entry(1))
    assert not feeds.knows(dated)
    feeds.prune(NOON + timedelta(days=366))
    assert not feeds.knows(an_entry(1))
    feeds.close()


def test_a_removed_feed_leaves_what_it_brought(feeds: Feeds) -> None:
    """And what a read of it brings after that is kept, but not the feed."""
    (feed,) = feeds.add([a_feed()])
    feeds.remove(feed.id)

    (kept,) = feeds.put([replace(feed, fails=1)], [an_entry(feed=feed.id)])

    assert feeds.feed(feed.id) is None
    assert feeds.entry(kept.id) == kept


def test_a_proposal_waits_until_it_is_decided_once(feeds: Feeds, again: Again, tmp_path: Path) -> None:
    """The same address twice is one proposal while it waits."""
    wanted = Submission("", "https://news.example/a", CHAT, "7", NOON)
    made = feeds.submit(wanted)
    assert feeds.submit(replace(wanted, user="8")) == made
    feeds = again(feeds, tmp_path)

    assert feeds.submissions() == (made,)
    feeds.told_of(made.id)
    made = replace(made, told=True)
    decided = feeds.decide(made.id, SubmissionState.REJECTED, at=NOON)
    assert decided == replace(made, state=SubmissionState.REJECTED, decided_at=NOON)
    assert feeds.decide(made.id, SubmissionState.APPROVED, at=NOON) is None
    assert feeds.submissions() == ()
    assert feeds.submissions(SubmissionState.REJECTED) == (decided,)
    assert feeds.submit(wanted).id != made.id
    feeds.close()


def test_one_process_writes(feeds: Feeds, tmp_path: Path) -> None:
    """Another may read beside it."""
    feeds.add([a_feed()])

    with pytest.raises(StoreLocked):
        open_feeds(tmp_path)
    beside = open_feeds(tmp_path, read_only=True)
    assert len(beside.feeds()) == 1
    beside.close()


def test_reading_beside_needs_no_folder(tmp_path: Path) -> None:
    """Nothing is known where nothing is."""
    beside = open_feeds(tmp_path / "none", read_only=True)

    assert beside.feeds() == ()
    beside.close()
    assert not (tmp_path / "none").exists()


def test_a_foreign_document_is_damage(tmp_path: Path) -> None:
    """Whole JSON, but not feeds of ours."""
    (tmp_path / "feeds.json").write_text('{"feeds": {"1": {"name": "x"}}}')

    with pytest.raises(StoreDamaged):
        open_feeds(tmp_path)


def test_half_a_surrogate_pair_is_refused_and_nothing_kept(feeds: Feeds) -> None:
    """It could not be read back."""
    with pytest.raises(ValueError, match="JSON"):
        feeds.put([], [an_entry(1), an_entry(2, title="\ud800")])

    assert feeds.entry_count() == 0
    assert not feeds.knows(an_entry(1))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("put"), st.integers(0, 9), st.integers(0, 9)),
            st.tuples(st.just("prune"), st.integers(0, 9), st.integers(1, 3)),
            st.tuples(st.just("reopen"), st.just(0), st.just(0)),
        ),
        max_size=25,
    )
)
def test_feeds_agree_with_a_plain_list(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, int]]
) -> None:
    """Whatever is put, pruned and reopened, in whatever order."""
    folder = tmp_path_factory.mktemp("feeds")
    feeds = open_feeds(folder)
    model: list[tuple[datetime, int]] = []
    for what, one, two in steps:
        at = NOON + timedelta(hours=two)
        if what == "put":
            kept = feeds.put([], [an_entry(one, seen_at=at, published=NOON)])
            assert bool(kept) == (one not in [number for _, number in model])
            model += [(at, one)] * len(kept)
        elif what == "prune":
            before = NOON + timedelta(hours=one)
            gone = sorted(model, key=lambda pair: pair[0])[: min(two, sum(a < before for a, _ in model))]
            assert feeds.prune(before, limit=two) == len(gone)
            model = [(e.seen_at, int(e.guid[5:])) for e in feeds.entries_since(NOON)]
        else:
            feeds.close()
            feeds = open_feeds(folder)
        found = [(e.seen_at, int(e.guid[5:])) for e in feeds.entries_since(NOON)]
        assert sorted(found) == sorted(model)
        assert [at for at, _ in found] == sorted(at for at, _ in found)
    feeds.close()


@pytest.mark.parametrize(("state", "answered"), [("waiting", False), ("rejected", True)])
def test_a_proposal_of_an_older_version_that_was_decided_is_not_told_any_more(
    state: str, answered: bool
) -> None:
    made = submission_document(Submission("1", "https://news.example/a", CHAT, "7", NOON))
    older = {key: made[key] for key in made if key not in {"answered", "language"}} | {"state": state}
    read = submission_from(older)
    assert (read.answered, read.language) == (answered, None)
    assert submission_from(submission_document(read)) == read
