"""Bold words, in the text as it is printed."""

from __future__ import annotations

from hypothesis import given, settings, strategies as st

from handlers.highlight import around, folded, marked


def bolds(text: str, *words: str) -> list[str]:
    return [run.text for run in marked(text, words) if run.bold]


def test_words_are_bold_whatever_their_case_width_and_script() -> None:
    assert bolds("ＤＲＯＮＥ과 drone 그리고 Drone", "drone") == ["ＤＲＯＮＥ", "drone", "Drone"]
    assert bolds("外賣和外卖", "外卖") == ["外賣", "外卖"]
    assert bolds("시장점유율", "시장", "시장점유율") == ["시장점유율"]
    assert bolds("a.b", ".") == ["."]
    assert bolds("text", "", " ") == []


def test_a_long_text_is_cut_around_the_first_word() -> None:
    text = "가" * 500 + "드론" + "나" * 500
    cut = around(text, ["드론"])
    assert "드론" in cut
    assert cut.startswith("…")
    assert cut.endswith("…")
    assert len(cut) <= 222
    assert around("short", ["x"]) == "short"


@given(st.text(max_size=60), st.lists(st.text(max_size=5), max_size=4))
@settings(max_examples=100, deadline=None)
def test_nothing_is_lost(text: str, words: list[str]) -> None:
    assert "".join(run.text for run in marked(text, words)) == text
    assert len(folded(text)) == len(text)
