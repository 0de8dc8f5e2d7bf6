"""A question taken apart."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st

from handlers.concepts import concepts, concepts_in
from handlers.question import Question, is_question, periods_in, read_question, stem
from store.catalogue import load


def asked(text: str) -> Question:
    return read_question(text, load())


@pytest.mark.parametrize(
    "text",
    [
        "얼마예요?",
        "텐센트 매출은 얼마",
        "왜 해산했나",
        "美团罚款多少",
        "谁收购了饿了么",
        "How many users are there",
        "is Didi listed",
    ],
)
def test_a_question_is_known_by_its_mark_or_its_words(text: str) -> None:
    assert is_question(text)


@pytest.mark.parametrize("text", ["", "?", "메이투안", "배달 수수료", "somewhat", "showhow", "미얼마", "AI"])
def test_other_texts_are_none(text: str) -> None:
    assert not is_question(text)


def test_companies_periods_and_what_is_asked_are_taken_out() -> None:
    found = asked("텐센트의 2017년 3분기 광고 매출은 얼마인가요?")
    assert found.companies == ("tencent",)
    assert found.periods == ("Q3", "2017")
    assert found.concepts == ("advertising", "revenue")
    assert found.words == ()
    assert found.must
    assert "CNY" in found.units


def test_the_unit_asked_for_decides() -> None:
    assert asked("위챗 이용자는 몇 명?").units == ("people",)
    assert "percent" in asked("위챗 이용자는 얼마나 늘었나?").units
    assert asked("가게는 몇 %가 문을 닫았나?").units == ("percent", "percent_point")
    assert "count" in asked("饿了么在多少个城市送餐").units
    assert asked("왜 블루고고는 해산했나?").units == ()
    assert asked("누가 보증금을 가져갔나?").units == ()


def test_question_words_endings_and_particles_are_dropped() -> None:
    assert asked("돛단배는 왜 거리에서 사라졌나요?").words[:2] == ("돛단배", "거리")
    assert asked("경찰서는 어디에 있나요?").words == ()
    assert asked("仓储 分拣的是什么？").words == ("仓储", "分拣")
    assert asked("What is the glacier about?").words == ("glacier",)
    assert asked("텐센트에 대해 알려주세요").empty


def test_a_risky_name_is_believed_in_a_question_and_a_thing_asked_is_no_company() -> None:
    assert asked("闲鱼有多少卖家").companies == ("xianyu",)
    assert asked("How many stores does Honor have?").companies == ("honor",)
    assert asked("투자는 얼마?").companies == ()
    assert asked("돛단배는 왜 거리에서 사라졌나요?").companies == ()


def test_periods_in_three_languages() -> None:
    assert periods_in("3분기 q3 第三季度 third quarter") == ("Q3",)
    assert periods_in("2016年 去年 2017년") == ("2016", "2017", "last-year")
    assert periods_in("120178") == ()


def test_particles_are_cut_to_two_syllables_at_least() -> None:
    assert [stem(word) for word in ("이용자는", "시장에서도", "나이", "도로", "공유자전거의")] == [
        "이용자", "시장", "나이", "도로", "공유자전거",
    ]  # fmt: skip


def test_the_longest_spelling_counts_and_english_words_are_whole() -> None:
    assert [name for name, _, _ in concepts_in("시장점유율")] == ["market-share"]
    assert [name for name, _, _ in concepts_in("market shares")] == ["market-share"]
    assert [name for name, _, _ in concepts_in("said brain user's users")] == ["users", "users"]
    assert [name for name, _, _ in concepts_in("净利润")] == ["profit"]


def test_the_glossary_is_whole() -> None:
    owner: dict[str, str] = {}
    for concept in concepts().values():
        assert concept.words
        for word in concept.words:
            assert owner.setdefault(word, concept.name) == concept.name, word
            assert word == word.lower().strip()


@given(st.text(max_size=200))
@settings(max_examples=80, deadline=None)
def test_no_text_makes_it_fail(text: str) -> None:
    found = asked(text)
    assert all(len(word) >= 2 for word in found.words)
    is_question(text)
