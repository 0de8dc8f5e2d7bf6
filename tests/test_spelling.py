"""Folding of names and of running text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st

from store.spelling import (
    agrees,
    jamo,
    level,
    lower_in_place,
    plain_spaces,
    simplified_table,
    sound,
    spelled_out,
    squash,
)


@pytest.mark.parametrize(
    ("text", "squashed"),
    [
        ("JD.com", "jdcom"),
        (" 알·테·쉬 ", "알테쉬"),
        ("Alipay+", "alipay+"),
        ("ＢＹＤ　Auto", "bydauto"),
        ("lǜsè", "luse"),
        ("snake_case", "snakecase"),
        ("메이투안".encode().decode(), "메이투안"),
        ("\u1106\u1166\u110b\u1175", "메이"),
        ("😀!?", ""),
    ],
)
def test_squash(text: str, squashed: str) -> None:
    """Letters and digits alone, in lower case, composed."""
    assert squash(text) == squashed


@given(st.text(max_size=100))
@settings(max_examples=100, deadline=None)
def test_folding_of_running_text_keeps_every_offset(text: str) -> None:
    """Spans found in the folded text cut the printed one."""
    for fold in (level, lower_in_place, plain_spaces):
        assert len(fold(text)) == len(text)
    assert len(text.translate(simplified_table())) == len(text)


def test_traditional_characters_become_simplified() -> None:
    """From the derived table, without a library."""
    assert "騰訊與阿里巴巴集團".translate(simplified_table()) == "腾讯与阿里巴巴集团"


def test_jamo_takes_hangul_apart_and_leaves_the_rest() -> None:
    """A wrong vowel is one edit."""
    assert len(jamo("샤오")) == 4
    assert jamo("abc") == "abc"


@pytest.mark.parametrize(
    ("one", "other"),
    [("톈마오", "티엔마오"), ("둬", "뚜오"), ("훙", "홍"), ("쟝", "장"), ("셴", "시엔"), ("쉐", "슈에")],
)
def test_two_habits_of_writing_one_sound_are_one(one: str, other: str) -> None:
    assert (sound(one) == sound(other)) is (one != "쉐")  # 쉐 is one glide, 슈에 two


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("비와이디", "byd"),
        ("씨에이티엘", "catl"),
        ("에스엠아이씨", "smic"),
        ("비와", ""),
        ("비야디", ""),
        ("", ""),
    ],
)
def test_letters_by_their_korean_names(text: str, letters: str) -> None:
    assert spelled_out(text) == letters


def test_particles_follow_the_last_sound() -> None:
    assert agrees("보", "가")
    assert not agrees("보", "이")
    assert agrees("톡", "은")
    assert not agrees("톡", "는")
    assert agrees("D", "이")
