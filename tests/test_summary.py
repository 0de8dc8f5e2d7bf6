"""The two sentences of a story that say most."""

from __future__ import annotations

import re
from typing import Any

from hypothesis import given, strategies as st

from handlers.sentences import sentences
from handlers.summary import LONGEST, lead
from store.model import Figure, Mention
from tests.build import a_story


def said(body: str, title: str = "제목", **fields: Any) -> str:
    return lead(a_story(title=title, body=body, companies=(), **fields))


def test_a_short_body_is_told_whole() -> None:
    assert (
        said("회사가 새 앱을 내놓았습니다. 이용자는 백만 명입니다.")
        == "회사가 새 앱을 내놓았습니다. 이용자는 백만 명입니다."
    )


def test_sentences_that_only_announce_are_passed_over() -> None:
    announced = "이번 주에 소개할 앱은 이것입니다. 소식을 알아보겠습니다. "
    assert (
        said(f"{announced}회사가 새 앱을 내놓았습니다. 이용자는 백만 명입니다.")
        == "회사가 새 앱을 내놓았습니다. 이용자는 백만 명입니다."
    )


def test_what_shares_words_with_the_title_comes_before_what_does_not() -> None:
    body = (
        "회사가 오늘 행사를 열었습니다. 많은 사람이 모여 오래 이야기했습니다. 행사장은 매우 넓고 밝았습니다. "
        "대표는 무인 경찰서 건설 계획을 밝혔습니다."
    )
    assert "무인 경찰서 건설" in said(body, "무인 경찰서 건설한다")


def test_a_sentence_with_figures_and_companies_weighs_more() -> None:
    body = "회사가 오늘 실적을 내놓았습니다. 분위기는 조용한 편이었습니다. 텐센트 매출은 69억 위안이었습니다."
    offset = len("제목\n")
    at = body.index("69억"), body.index("텐센트")
    figure = Figure("69억 위안", None, "CNY", span=(offset + at[0], offset + at[0] + 6))
    mention = Mention("tencent", "텐센트", (offset + at[1], offset + at[1] + 3))
    assert said(body, figures=(figure,), mentions=(mention,)).endswith("69억 위안이었습니다.")


def test_a_sentence_that_leans_on_another_is_not_chosen_without_need() -> None:
    body = "회사가 새 앱을 내놓았습니다. 이는 두 해 만의 일이라고 합니다. 이용자는 곧 백만 명이 됩니다."
    assert said(body) == "회사가 새 앱을 내놓았습니다. 이용자는 곧 백만 명이 됩니다."


def test_about_a_company_its_own_sentence_is_chosen() -> None:
    body = "첫 문장은 다른 회사의 일을 말합니다. 둘째 문장은 디디의 일을 말합니다."
    at = len("제목\n") + body.index("디디")
    story = a_story(title="제목", body=body, companies=(), mentions=(Mention("didi", "디디", (at, at + 2)),))
    assert lead(story, limit=1, about="didi") == "둘째 문장은 디디의 일을 말합니다."
    assert lead(story, limit=1) == "첫 문장은 다른 회사의 일을 말합니다."


def test_two_long_sentences_become_one_and_a_very_long_one_is_cut() -> None:
    long = "가나다 " * 60
    assert len(sentences(said(f"{long}했습니다. {long}했습니다."))) == 1
    cut = said("가나다라 " * 100 + "했습니다.")
    assert cut.endswith("…")
    assert len(cut) <= LONGEST


def test_a_list_without_sentences_gives_its_first_line_and_nothing_gives_nothing() -> None:
    assert said("바이두(자율주행)\n텐센트(의료영상)") == "바이두(자율주행)"
    assert said("") == ""


@given(st.text(st.sampled_from("가나다. \n?!a1"), max_size=200))
def test_whatever_the_body_the_lead_is_short_and_its_own_words(body: str) -> None:
    shown = said(body)
    assert len(shown) <= 2 * LONGEST + 1
    assert "\n" not in shown
    own = re.sub(r"\s+", "", body)
    assert all(re.sub(r"\s+", "", piece) in own for piece in shown.removesuffix("…").split(". "))
