"""Which way something went: a summary may not turn it round, in whatever language."""

from __future__ import annotations

import pytest

from handlers.newsroom.directions import said_ways, turned, ways

SOURCES = {
    "ko": "샤오미의 매출이 22.3% 늘었다. 순이익은 5.1% 줄었다.",
    "en": "Xiaomi's revenue rose 22.3%, while net profit fell 5.1%.",
    "zh": "小米营收同比增长22.3%，净利润下降5.1%。",
}
TRUE = (
    "매출이 22.3% 증가했고 이익은 5.1% 감소했다.",
    "Revenue grew 22.3% but profit dropped 5.1%.",
    "营收增加22.3%，利润减少5.1%。",
    "샤오미가 실적을 냈다.",
)
FALSE = (
    "매출이 22.3% 줄었다.",
    "이익이 5.1% 늘었다.",
    "Revenue fell 22.3%.",
    "Profit jumped 5.1%.",
    "营收下降22.3%。",
    "매출이 22.3% 늘었지만 적자를 냈다.",
    "It made a loss, although revenue rose 22.3%.",
    "小米亏损，营收增长22.3%。",
    "정부가 거부했다.",
    "The plan was rejected.",
    "小米裁员。",
)


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
@pytest.mark.parametrize("summary", TRUE)
def test_what_went_as_the_source_says_is_let_through(summary: str, source: str) -> None:
    assert list(turned(summary, source)) == []


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
@pytest.mark.parametrize("summary", FALSE)
def test_what_is_turned_round_or_made_up_is_refused(summary: str, source: str) -> None:
    assert any(flaw.startswith("direction:") for flaw in turned(summary, source))


def test_a_word_that_may_say_something_else_counts_in_a_source_alone() -> None:
    assert said_ways("BYD cuts its target") == {("change", "down"), ("staff", "fire")}
    assert ways("BYD cuts its target") == frozenset()
    assert list(turned("BYD가 목표를 낮췄다.", "BYD cuts 2026 sales target to 4.6 million")) == []


def test_everyday_words_are_no_direction() -> None:
    assert ways("오늘 하늘이 맑아 앱을 내려받았다. 줄무늬 셔츠") == frozenset()
    assert ways("The firm set up a downtown office, the profiteering aside") == frozenset()
