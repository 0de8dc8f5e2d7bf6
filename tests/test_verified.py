"""A model's summary is used only where everything in it stands in the story."""

from __future__ import annotations

import pytest

from handlers.newsroom.verified import flaws
from store.catalogue import load
from store.model import Language

TITLE = "小米第三季度营收1131亿元 汽车业务首次盈利"
BODY = (
    "小米集团公布第三季度业绩，营收1131亿元，同比增长22.3%，经调整净利润113亿元。"
    "汽车业务单季首次实现盈利，SU7交付超过10万辆。"
)
EN_TITLE = "Xiaomi's car unit turns first profit"
EN_BODY = "Xiaomi said on Tuesday revenue rose 22.3% to 113.1 billion yuan in the third quarter."


@pytest.mark.parametrize(
    ("summary", "language"),
    [
        ("샤오미의 3분기 매출이 1131억 위안으로 22.3% 늘었다. 자동차 사업은 처음으로 흑자를 냈다.", "ko"),
        ("Xiaomi's revenue rose 22.3% to 113.1 billion yuan. Its car business made its first profit.", "en"),
        ("小米第三季度营收1131亿元，同比增长22.3%。汽车业务单季首次实现盈利。", "zh"),
        ("샤오미(小米)는 SU7을 10만 대 넘게 인도했다.", "ko"),
    ],
)
def test_what_says_only_what_the_source_says_is_used(summary: str, language: Language) -> None:
    assert flaws(summary, TITLE, BODY, language, load()) == ()


@pytest.mark.parametrize(
    ("summary", "language", "kind"),
    [
        ("샤오미의 3분기 매출이 1231억 위안으로 늘었다.", "ko", "figure"),  # another amount
        ("샤오미의 3분기 매출이 1131억 달러로 늘었다.", "ko", "figure"),  # another currency
        ("샤오미의 매출이 1131억 위안(23조 원)이다.", "ko", "figure"),  # a conversion of its own
        ("샤오미의 매출이 23.3% 늘었다.", "ko", "figure"),
        ("샤오미의 2분기 매출이 1131억 위안이다.", "ko", "number"),
        ("샤오미는 2027년에 공장을 더 짓는다.", "ko", "number"),
        ("샤오미와 화웨이의 매출이 1131억 위안이다.", "ko", "company"),
        ("Xiaomi and Huawei earned 113.1 billion yuan.", "en", "company"),
        ("Xiaomi beat Globex with 113.1 billion yuan.", "en", "name"),
        ("샤오미가 Globex를 앞질렀다.", "ko", "name"),
        ("샤오미가 베이징에 공장을 열었다.", "ko", "place"),
        ("레이쥔 회장은 샤오미의 매출이 1131억 위안이라고 밝혔다.", "ko", "person"),
        ("샤오미는 “역사상 가장 좋은 분기”라고 했다.", "ko", "quotation"),
        ("Xiaomi sold seven models.", "en", "number"),
        ("小米第三季度营收1131亿元。", "ko", "shape"),  # not the language that was asked for
        ("샤오미 매출 1131억 위안. 자세히: https://evil.example/x", "ko", "shape"),
        ("샤오미 매출 1131억 위안. evil-site.com 참고", "ko", "shape"),
        ("샤오미 매출 <b>1131억 위안</b>이다.", "ko", "shape"),
        ("샤오미 매출은 [여기](x) 있다.", "ko", "shape"),
        ("샤오미 매출. @channel 모두 보라.", "ko", "shape"),
        ("샤오미\u202e 매출", "ko", "shape"),
        ("가" * 401, "ko", "shape"),
        ("샤오미다. 샤오미다. 샤오미다. 샤오미다.", "ko", "shape"),
        ("", "ko", "shape"),
        ("小米今天天气晴朗，大家都去郊外散步看花，心情愉快极了。", "zh", "words"),
    ],
)  # fmt: skip
def test_what_the_source_does_not_say_is_refused(summary: str, language: Language, kind: str) -> None:
    assert {each.partition(":")[0] for each in flaws(summary, TITLE, BODY, language, load())} >= {kind}


def test_a_number_in_words_counts_as_the_number() -> None:
    text = "샤오미의 3분기 매출이 1131억 위안으로 22.3% 늘었다."
    assert flaws(text, EN_TITLE, EN_BODY, "ko", load()) == ()
    assert flaws(text.replace("3분기", "4분기"), EN_TITLE, EN_BODY, "ko", load()) == ("number:4",)
