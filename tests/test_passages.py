"""Which sentences answer, and which only look like it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from handlers.figures import figures
from handlers.mentions import mentions
from handlers.passages import Passage, answers, candidates
from handlers.question import read_question
from store.bundle import Store
from store.catalogue import load
from store.model import Story
from tests.asks import a_store
from tests.build import a_story, an_edition
from tests.news import a_newsroom


def told_of(body: str, story_id: str = "2017-W47-1", title: str = "소식") -> Story:
    """A story of these words, with its mentions and figures."""
    story = a_story(story_id, title=title, body=body, companies=())
    return replace(story, mentions=mentions(title, body, load()), figures=figures(title, body))


def asked(folder: Path, question: str, *bodies: str) -> tuple[Passage, ...]:
    stories = [told_of(body, f"2017-W47-{n}") for n, body in enumerate(bodies, 1)]
    store = a_store(folder, (an_edition("2017-W47", stories), stories))
    return answers(read_question(question, store.catalogue), store)


def raw(found: tuple[Passage, ...]) -> list[str]:
    return [each.figure.raw if each.figure else "-" for each in found]


def test_the_whole_is_asked_and_the_part_is_not_given_for_it(tmp_path: Path) -> None:
    body = "텐센트의 광고 매출은 10억 위안이고 매출은 90억 위안이다."
    assert raw(asked(tmp_path / "a", "텐센트 매출은?", body)) == ["90억 위안"]
    assert raw(asked(tmp_path / "b", "텐센트 광고 매출은?", body)) == ["10억 위안"]


def test_a_sentence_of_another_company_is_no_answer(tmp_path: Path) -> None:
    bodies = ("바이두의 매출은 5억 위안이다. 텐센트는 웃었다.", "텐센트는 웃었다. 매출은 7억 위안이다.")
    assert raw(asked(tmp_path, "텐센트 매출은?", *bodies)) == ["7억 위안"]


def test_what_began_the_sentence_before_may_be_the_subject(tmp_path: Path) -> None:
    body = "새별가게는 작은 회사다. 매출은 3억 원이다. 구름가게와도 가깝다."
    assert raw(asked(tmp_path / "a", "새별가게 매출은?", body)) == ["3억 원"]
    assert asked(tmp_path / "b", "구름가게 매출은?", body) == ()


def test_a_word_that_only_begins_another_is_not_that_word(tmp_path: Path) -> None:
    body = "서울경제에 따르면 고양이를 기르는 인구는 100만 명이다."
    assert asked(tmp_path / "a", "서울 인구는 몇 명?", body) == ()
    assert raw(asked(tmp_path / "b", "고양이를 기르는 인구는 몇 명?", body)) == ["100만 명"]


def test_the_quarter_and_the_year_asked_for_must_be_the_sentences(tmp_path: Path) -> None:
    bodies = ("텐센트의 2분기 매출은 5억 위안이다.", "텐센트의 3분기 매출은 7억 위안이다.")
    assert raw(asked(tmp_path / "a", "텐센트 3분기 매출은?", *bodies)) == ["7억 위안"]
    assert raw(asked(tmp_path / "b", "腾讯2017年第二季度营收", *bodies)) == ["5억 위안"]
    assert asked(tmp_path / "c", "텐센트 2016년 매출은?", *bodies) == ()
    assert asked(tmp_path / "d", "텐센트 작년 매출은?", *bodies) == ()


def test_equals_come_newest_first_and_one_a_story(tmp_path: Path) -> None:
    body = "텐센트의 매출은 7억 위안이다. 텐센트의 매출은 7억 위안이다."
    found = asked(tmp_path, "텐센트 매출은?", *[body] * 5)
    assert [each.story.id for each in found] == ["2017-W47-1", "2017-W47-2", "2017-W47-3"]


def test_a_question_without_a_thing_to_measure_takes_a_figure_all_the_same(tmp_path: Path) -> None:
    assert raw(asked(tmp_path, "돛단배는 얼마?", "돛단배는 300만 원이고 매출은 모른다.")) == ["300만 원"]


def test_what_is_read_for_a_question_is_bounded(tmp_path: Path) -> None:
    weeks = []
    for week in range(10, 40):
        stories = [told_of(f"텐센트 소식 {n}. 매출은 {n}억 위안.", f"2017-W{week}-{n}") for n in range(1, 11)]
        weeks.append((an_edition(f"2017-W{week}", stories), stories))
    store = a_store(tmp_path, *weeks)
    question = read_question("텐센트 매출은?", store.catalogue)
    assert len(candidates(question, ("tencent",), store)) <= 200
    assert answers(question, store)[0].story.edition == "2017-W39"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return a_newsroom(tmp_path)


def test_a_product_answers_for_its_company_but_less_surely(store: Store) -> None:
    of_product = answers(read_question("위챗 이용자는 몇 명?", store.catalogue), store)
    of_parent = answers(read_question("텐센트 이용자는 몇 명?", store.catalogue), store)
    assert raw(of_product) == raw(of_parent) == ["9억 8000만 명"]
    assert of_product[0].score > of_parent[0].score
