"""What narrows a search, in three languages."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from handlers.errors import Refusal
from handlers.filters import read_filters
from store.bundle import Store
from tests.asks import a_store


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return a_store(tmp_path_factory.mktemp("empty"))


@pytest.mark.parametrize(
    "text",
    ["배달 company:meituan from:2017-11 to:2017-11-22", "company:美团 배달 from:2017-11 to:2017-11-22",
     "배달 회사:메이투안 부터:2017-11 까지:2017-11-22", "배달 公司：美团 从：2017-11 到：2017-11-22",
     "배달 COMPANY: Meituan From:2017년11월 to:2017년 11월 22일",
     '배달 company:"Meituan" 从:2017年11月 到:2017.11.22',
     "from:2016 배달 company:메이투안의 from:2017-11 to:2017/11/22"],
)  # fmt: skip
def test_filters_are_read_in_every_language(store: Store, text: str) -> None:
    found = read_filters(text, store)
    assert found.words == "배달"
    assert found.company is not None
    assert found.company.id == "meituan"
    assert (found.first, found.last) == ("2017-11-01", "2017-11-22")
    assert found.typed() == "배달 company:meituan from:2017-11 to:2017-11-22"


@pytest.mark.parametrize(
    ("value", "first", "last"),
    [
        ("2017", "2017-01-01", "2017-12-31"),
        ("2016-02", "2016-02-01", "2016-02-29"),
        ("2017-2-3", "2017-02-03", "2017-02-03"),
        ("2017-W47", "2017-W47", "2017-W47"),
        ("2017w7", "2017-W07", "2017-W07"),
    ],
)
def test_a_bound_is_the_edge_of_what_is_named(store: Store, value: str, first: str, last: str) -> None:
    found = read_filters(f"x from:{value} to:{value}", store)
    assert (found.first, found.last) == (first, last)
    again = read_filters(found.typed(), store)
    assert (again.first, again.last) == (first, last)


@pytest.mark.parametrize(
    ("text", "key", "named"),
    [
        ("x from:2017-13", "search.bad_date", "2017-13"),
        ("x to:2017-02-30", "search.bad_date", "2017-02-30"),
        ("x 부터:어제", "search.bad_date", "어제"),
        ("x from:2017-W54", "search.bad_date", "2017-W54"),
        ("x from:0000", "search.bad_date", "0000"),
        ("x to:", "search.bad_date", ""),
        ("x company:없는회사", "search.bad_company", "없는회사"),
        ("x company:", "search.bad_company", ""),
        ("x company:오포", "search.which_company", "오포"),
    ],
)
def test_a_bad_value_is_named_with_an_example_that_works(
    store: Store, text: str, key: str, named: str
) -> None:
    with pytest.raises(Refusal) as refused:
        read_filters(text, store)
    assert refused.value.key == key
    assert refused.value.words["given"] == named
    example = refused.value.words.get("example") or refused.value.words["choices"].split(", ")[0]
    assert read_filters(f"x {example}", store).words == "x"


def test_an_end_before_the_beginning_is_refused(store: Store) -> None:
    for text in ("from:2017-12 to:2017-11", "from:2017-W48 to:2017-11-01"):
        with pytest.raises(Refusal) as refused:
            read_filters(f"x {text}", store)
        assert refused.value.key == "search.backwards"


def test_what_only_looks_like_a_filter_is_a_word(store: Store) -> None:
    assert read_filters("https://news.example/a from afar", store).words == "https://news.example/a from afar"
    assert read_filters("xcompany:baidu", store).words == "xcompany:baidu"


@given(st.text(st.sampled_from('a회사:：from to부터2017-W"“年 \0'), max_size=80))
@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_text_makes_it_fail(store: Store, text: str) -> None:
    try:
        found = read_filters(text, store)
    except Refusal:
        return
    assert read_filters(found.typed(), store).typed() == found.typed()
