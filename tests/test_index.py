"""store/index.py and store/search.py: an index that may lag, be deleted or be broken, and never lies."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from store.index import IndexBroken, SearchIndex, grams, phrase
from store.search import NEAR, REACH, fold
from store.tiny import TinyLibrary
from tests.build import a_story, a_week

FILE = "search.sqlite"


@pytest.fixture
def index(tmp_path: Path) -> Iterator[SearchIndex]:
    opened = SearchIndex(tmp_path / FILE)
    yield opened
    opened.close()


@pytest.fixture
def library(tmp_path: Path) -> Iterator[TinyLibrary]:
    """Two hundred stories, all of them indexed."""
    opened = TinyLibrary(tmp_path)
    for week in range(10, 50):
        opened.put_edition(*a_week(f"2017-W{week}", 5))
    settle(opened)
    yield opened
    opened.close()


def settle(library: TinyLibrary) -> None:
    while library.compact(seconds=1):
        pass
    assert library.indexed() == library.db.journal.changes.mark


def put(index: SearchIndex, *texts: str) -> None:
    for key, text in enumerate(texts, 1):
        index.put(key, text[:3], text)
    index.commit("1")


def test_grams_end_every_run_with_its_last_character() -> None:
    """So that a phrase never runs over a space, and a lone character begins a token."""
    assert grams("텐센트가 a") == "텐센 센트 트가 가 a"
    assert grams(" \n\0") == ""
    assert phrase("텐센트") == '"텐센 센트"'
    assert phrase("센") == '"센" *'
    assert phrase('a"b') == '"a"" ""b"'


@given(
    texts=st.lists(st.text("가나다 a\"*.'\n^🦊-", max_size=12), max_size=6),
    words=st.lists(st.text("가나다a\"*.'^🦊-", min_size=1, max_size=4), min_size=1, max_size=3),
)
@settings(max_examples=100, deadline=None)
def test_an_index_finds_exactly_the_texts_that_hold_every_word(texts: list[str], words: list[str]) -> None:
    """Whatever characters they are made of."""
    index = SearchIndex(Path("unused"))
    index.close()
    index._db = index._reader = sqlite3.connect(":memory:", isolation_level=None)
    index._make(index._db)
    put(index, *texts)
    expected = [key for key, text in enumerate(texts, 1) if all(word in text for word in words)]
    assert index.find(words, 99) == expected[::-1]
    titled = [key for key, text in enumerate(texts, 1) if all(word in text[:3] for word in words)]
    assert index.find(words, 99, titles=True) == titled[::-1]
    index.close()
    for left in Path().glob("unused*"):
        left.unlink()


def test_put_again_and_removed_only_the_present_is_found(index: SearchIndex) -> None:
    """Old rows stay in the file, and out of answers, after reopening too."""
    put(index, "가나다", "나다라")
    index.put(1, "", "마바사")
    index.remove(2)
    index.commit("2")
    for _ in range(2):
        assert index.find(["나다"], 9) == []
        assert index.find(["바사"], 9) == [1]
        index.close()
        index = SearchIndex(index.path)
        assert index.mark == "2"
    index.put(2, "", "나다")
    index.commit("3")
    assert index.find(["나다"], 9) == [2]
    index.close()


def test_a_story_corrected_too_often_asks_for_a_new_index(index: SearchIndex) -> None:
    """Versions are a byte."""
    for _ in range(255):
        index.put(1, "", "가나")
    with pytest.raises(IndexBroken):
        index.put(1, "", "가나")


def test_what_is_not_committed_is_not_kept(index: SearchIndex) -> None:
    """A killed batch is done again."""
    put(index, "가나다")
    index.put(2, "", "가나다")
    index.close()
    index = SearchIndex(index.path)
    assert index.find(["가나"], 9) == [1]
    index.close()


def test_folding_meets_in_the_middle() -> None:
    """Case, width, script and composition."""
    assert fold("ＡＢ美團") == "ab美团"
    assert fold("한글") == fold("한글".encode().decode()) == fold("\u1112\u1161\u11ab\u1100\u1173\u11af")


def test_the_index_lags_and_search_does_not(library: TinyLibrary) -> None:
    """New, corrected and removed stories are seen at once; housekeeping brings the index near."""
    library.put_story(a_story("2018-W01-1", title="새말 하나"))
    library.put_story(a_story("2017-W10-1", title="새말 둘"))
    edition, stories = a_week("2017-W11", 2)
    library.put_edition(edition, stories)
    assert library.indexed() != library.db.journal.changes.mark
    for _ in range(2):
        assert [hit.story.id for hit in library.search("새말").hits] == ["2018-W01-1", "2017-W10-1"]
        assert library.search("배달").total == 198
        settle(library)


def test_far_behind_a_search_indexes_first(library: TinyLibrary) -> None:
    """More than a few are not looked through one by one."""
    for number in range(NEAR + 1):
        library.put_story(a_story(f"2018-W01-{number + 1}", title="새말"))
    assert library.search("새말").total == NEAR + 1
    assert library.indexed() == library.db.journal.changes.mark


def test_a_small_store_needs_no_index_file(tmp_path: Path) -> None:
    """A one-shot answer on the sample writes nothing."""
    library = TinyLibrary(tmp_path)
    library.put_edition(*a_week())
    assert library.search("배달").total == 3
    while library.compact():
        pass
    assert library.search("배달").total == 3
    assert not (tmp_path / FILE).exists()
    library.close()


def test_the_total_stops_at_the_reach(tmp_path: Path) -> None:
    """Of more, the newest are found, each once."""
    library = TinyLibrary(tmp_path)
    for week in range(10, 10 + REACH // 20 + 1):
        library.put_edition(*a_week(f"2017-W{week}", 20))
    found = library.search("배달", limit=REACH + 50)
    assert found.total == REACH
    assert len({hit.story.id for hit in found.hits}) == len(found.hits) == REACH
    library.close()


@pytest.mark.parametrize("damage", ["delete", "truncate", "garbage", "other form", "other history"])
def test_a_lost_or_broken_index_is_built_again(library: TinyLibrary, tmp_path: Path, damage: str) -> None:
    """Silently, and the answer is right the first time."""
    library.close()
    path = tmp_path / FILE
    if damage == "delete":
        path.unlink()
    elif damage == "truncate":
        path.write_bytes(path.read_bytes()[:9000])
    elif damage == "garbage":
        path.write_bytes(b"not a database" * 1000)
    else:
        db = sqlite3.connect(path)
        name, value = ("form", "0") if damage == "other form" else ("mark", "40:deadbeef")
        db.execute("UPDATE state SET value = ? WHERE name = ?", (value, name))
        db.commit()
        db.close()
    library = TinyLibrary(tmp_path)
    assert library.search("배달").total == 200
    library.put_story(a_story("2018-W01-1", title="새말"))
    settle(library)
    assert library.search("새말").total == 1
    assert library.notices() == ()
    library.close()


def test_an_index_that_breaks_while_open_is_done_without(library: TinyLibrary) -> None:
    """The answer comes from the stories; housekeeping builds a new file."""
    index = library._search._index
    assert index._db is not None
    index._db.execute("DROP TABLE texts_data")
    assert library.search("배달").total == 200
    settle(library)
    assert library.search("배달").total == 200


def test_an_index_that_cannot_be_written_is_done_without(
    library: TinyLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk under the index: housekeeping ends, answers are right."""

    def full(*_: object) -> None:
        raise IndexBroken("database or disk is full")

    monkeypatch.setattr(SearchIndex, "commit", full)
    for number in range(NEAR + 1):
        library.put_story(a_story(f"2018-W01-{number + 1}", title="새말"))
    assert library.search("새말").total == NEAR + 1
    while library.compact(seconds=1):
        pass
    assert library.search("새말").total == NEAR + 1


def test_a_reader_uses_the_index_and_what_it_lacks(library: TinyLibrary, tmp_path: Path) -> None:
    """Without writing to it; and does without where there is none."""
    library.put_story(a_story("2018-W01-1", title="새말"))
    size = (tmp_path / FILE).stat().st_size
    reader = TinyLibrary(tmp_path, read_only=True)
    assert reader.search("새말").total == 1
    assert reader.search("배달").total == 201
    assert reader.indexed()
    reader.close()
    assert (tmp_path / FILE).stat().st_size == size

    library.close()
    for path in tmp_path.glob("search*"):
        path.unlink()
    reader = TinyLibrary(tmp_path, read_only=True)
    assert reader.search("배달").total == 201
    assert not list(tmp_path.glob("search*"))
    reader.close()


def test_a_compaction_does_not_make_the_index_forget(library: TinyLibrary) -> None:
    """Its mark is still known afterwards: no rebuilding."""
    for number in range(30):
        library.put_story(a_story(f"2018-W01-{number + 1}"))
        if number == 10:
            library.db.journal.make_due()
        library.compact()
    while library.compact():
        pass
    assert library.db.journal.generation > 0
    assert library.indexed() == library.db.journal.changes.mark
    index = library._search._index
    assert index._db is not None
    assert index._db.execute("SELECT count(*) FROM texts").fetchone() == (230,)
