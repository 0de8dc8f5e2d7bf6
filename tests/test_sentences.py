"""Where sentences end in Korean, Chinese and English news."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st

from handlers.sentences import sentences


def cut(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("첫째다. 둘째였습니다! 셋째인가요?", ["첫째다.", "둘째였습니다!", "셋째인가요?"]),
        ("매출이 28.62분에서 3.5억으로 늘었다. 끝.", ["매출이 28.62분에서 3.5억으로 늘었다.", "끝."]),
        ('그는 "간다." 라고 했다.', ['그는 "간다."', "라고 했다."]),
        ("했다.이어 말했다.", ["했다.", "이어 말했다."]),
        ("今天下雨。明天呢？好！", ["今天下雨。", "明天呢？", "好！"]),
        ("他说：“走吧。”然后走了。", ["他说：“走吧。”", "然后走了。"]),
        ("Mr. Ma left JD.com. The U.S. firm, i.e. Acme Inc. of Ohio, won.", None),
        ("1. 첫 줄이다.\n2. 둘째 줄이다.", ["1. 첫 줄이다.", "2. 둘째 줄이다."]),
        ("제목입니다\n\n본문이다.", ["제목입니다", "본문이다."]),
        ("짧은 줄\n다음 줄이다.", ["짧은 줄", "다음 줄이다."]),
        ("아주 긴 문장이 줄 한가운데에서 끊어진 강가의\n두 마을은 조용했다. 끝.", None),
        ("", []),
        (" \u00a0\n\n ", []),
    ],
)
def test_sentences(text: str, parts: list[str] | None) -> None:
    """Full stops inside numbers and abbreviations end nothing; blank lines always do."""
    if parts is None:
        assert len(cut(text)) == 2
    else:
        assert cut(text) == parts


@given(st.text(alphabet="가다. !?\n。“”1.a\u00a0…)(", max_size=80))
@settings(max_examples=100, deadline=None)
def test_spans_are_in_order_and_lose_only_white_space(text: str) -> None:
    """Every printed character is in exactly one sentence."""
    spans = sentences(text)
    past = 0
    for start, end in spans:
        assert not text[past:start].strip()
        assert text[start:end] == text[start:end].strip() != ""
        past = end
    assert not text[past:].strip()
