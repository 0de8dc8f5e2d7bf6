"""Whether two entries tell one story: what speaks for it, and what rules it out."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from handlers.newsroom.alike import Verdict, alike
from handlers.newsroom.signs import Signs, signs_of
from handlers.newsroom.understanding import understood
from store.catalogue import load
from store.feeds import Entry
from tests.wire import reported

FINE_KO = reported(1, "a", "중국, 핀둬둬에 과징금 15억 위안", "당국이 핀둬둬에 과징금 15억 위안을 물렸다.")
FINE_EN = reported(2, "b", "China fines PDD 1.5 billion yuan", "The regulator fined PDD 1.5 billion yuan.")
SALES = reported(3, "c", "PDD sales grow 9%", "PDD reported revenue of 108 billion yuan, up 9% on the year.")


def signs(entry: Entry) -> Signs:
    return signs_of(understood(replace(entry, id=str(int(entry.url.rpartition("/")[2]))), load()), load())


def judged(one: Entry, other: Entry) -> Verdict:
    verdict = alike(signs(one), signs(other))
    assert verdict == alike(signs(other), signs(one))
    return verdict


def test_company_figure_and_event_make_one_story_across_languages() -> None:
    verdict = judged(FINE_KO, FINE_EN)
    assert verdict.same
    assert {"company:pdd", "figure:1500000000 CNY", "event:fine"} <= set(verdict.why)


def test_another_event_of_the_company_on_the_same_day_is_another_story() -> None:
    assert not judged(FINE_EN, SALES).same


def test_the_same_figure_of_another_company_is_another_story() -> None:
    other = reported(4, "d", "Meituan fined 1.5 billion yuan", "Meituan was fined 1.5 billion yuan.")
    assert judged(FINE_EN, other) == Verdict(float("-inf"), ("apart:companies",))


def test_boilerplate_with_another_name_and_other_figures_is_another_story() -> None:
    text = "{0} delivered {1} vehicles last month, an increase of {2} year over year, the company said."
    one = reported(5, "e", "NIO delivers 36,275", text.format("NIO", "36,275", "40.1%"))
    other = reported(6, "e", "XPeng delivers 42,013", text.format("XPeng", "42,013", "76.2%"))
    assert not judged(one, other).same


def test_what_answers_a_story_is_not_the_story() -> None:
    text = "PDD would not contest the 1.5 billion yuan fine."
    answer = reported(7, "f", "PDD accepts fine of 1.5 billion yuan", text, hours=60)
    assert not judged(FINE_EN, answer).same


def test_days_apart_are_never_one_story() -> None:
    later = replace(FINE_KO, published=FINE_KO.seen_at + timedelta(days=5))
    assert judged(FINE_EN, later).why == ("apart:days",)


def test_a_roundup_tells_no_story() -> None:
    roundup = reported(8, "g", "핀둬둬 과징금 15억 위안, 텐센트 실적, 샤오미 리콜", "오늘의 소식을 모았다.")
    assert judged(FINE_KO, roundup).why == ("apart:roundup",)


def test_start_ups_that_nobody_knows_are_told_apart_by_their_names() -> None:
    text = "{0}完成2亿元A轮融资，由{1}国资领投，资金用于扩建生产线。"
    one = reported(9, "h", "光年芯语完成2亿元A轮融资", text.format("光年芯语", "深圳"))
    other = reported(10, "i", "云岭微电完成2亿元A轮融资", text.format("云岭微电", "成都"))
    again = reported(11, "i", "初创企业光年芯语获2亿元A轮融资", text.format("光年芯语", "深圳"))
    assert not judged(one, other).same
    assert judged(one, again).same


def test_another_view_of_a_page_is_the_page() -> None:
    mobile = replace(SALES, url="https://m.b.example/2?utm_source=x", canonical_url="https://m.b.example/2")
    assert alike(signs(FINE_EN), signs_of(understood(replace(mobile, id="9"), load()), load())).why == (
        "page:same",
    )
