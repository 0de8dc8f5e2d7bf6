"""What is no prose is hidden, and nothing moves."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st

from handlers.veil import VEIL, veil


@pytest.mark.parametrize(
    "hidden",
    [
        "https://example.com/a?b=c#d",
        "www.example.com/x",
        "someone@example.com",
        '<a href="https://x.y">',
        "<!-- 제목 -->",
        "</div>",
        "max-width: 100%",
    ],
)
def test_addresses_tags_and_style_are_hidden(hidden: str) -> None:
    """The prose on both sides stays where it was."""
    assert veil(f"앞 {hidden} 뒤") == f"앞 {VEIL * len(hidden)} 뒤"


@pytest.mark.parametrize(
    "text", ["<메이투안 호텔 주문>", "3 < 5 > 2", "http는 약속이다", "주소는 https://", "a@b", "높이 100%"]
)
def test_prose_is_left_alone(text: str) -> None:
    """Angle brackets are quotation marks in Korean."""
    assert veil(text) == text


def test_an_address_ends_where_korean_or_chinese_begins() -> None:
    """A particle glued to an address is prose."""
    assert veil("https://a.b/c에서").endswith(f"{VEIL}에서")


@given(st.text(max_size=200))
@settings(max_examples=50, deadline=None)
def test_length_stays(text: str) -> None:
    """Offsets into the veiled text are offsets into the text."""
    assert len(veil(text)) == len(text)
