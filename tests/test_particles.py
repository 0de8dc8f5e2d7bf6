"""Korean particles after any value."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from handlers.particles import PARTICLES, last_sound, with_particle


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("메이투안", "메이투안은"),
        ("어러머", "어러머는"),
        ("샤오홍슈(小红书)", "샤오홍슈(小红书)는"),
        ("텐센트（腾讯）", "텐센트（腾讯）는"),
        ("알리바바 (阿里巴巴, Alibaba)", "알리바바 (阿里巴巴, Alibaba)는"),
        ("'메이투안'", "'메이투안'은"),
        ("美团", "美团은(는)"),
        ("", "은(는)"),
        ("Tencent", "Tencent는"),
        ("WeChat", "WeChat은"),
        ("Facebook", "Facebook은"),
        ("Slack", "Slack은"),
        ("Google", "Google은"),
        ("Mobike", "Mobike는"),
        ("iPhone", "iPhone은"),
        ("Meituan Dianping", "Meituan Dianping은"),
        ("Ele.me", "Ele.me는"),
        ("JD.com", "JD.com은"),
        ("IBM", "IBM은"),
        ("KFC", "KFC는"),
        ("3%", "3%는"),
        ("7", "7은"),
        ("2", "2는"),
        ("10", "10은"),
        ("1,000", "1,000은"),
        ("0.5", "0.5는"),
        ("3.0", "3.0은"),
        ("1000000000000", "1000000000000는"),
    ],
)
def test_topic_particle_follows_the_last_sound(word: str, expected: str) -> None:
    assert with_particle(word, "은는") == expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("서울", "서울로"),
        ("부산", "부산으로"),
        ("도쿄", "도쿄로"),
        ("7", "7로"),
        ("6", "6으로"),
        ("北京", "北京(으)로"),
    ],
)
def test_direction_particle_takes_ro_after_rieul(word: str, expected: str) -> None:
    assert with_particle(word, "으로로") == expected


def test_every_pair_has_both_forms() -> None:
    for pair, (closed, open_) in PARTICLES.items():
        assert with_particle("산", pair) == f"산{closed}"
        assert with_particle("나", pair) == f"나{open_}"


def test_an_unknown_pair_is_an_error() -> None:
    with pytest.raises(KeyError):
        with_particle("메이투안", "나너")


@given(st.text(max_size=40))
def test_any_text_has_a_last_sound(word: str) -> None:
    assert last_sound(word) in {"vowel", "rieul", "consonant", "unknown"}


@given(st.text(max_size=30), st.sampled_from("가힣글1A"))
def test_what_stands_in_a_bracket_after_the_word_is_not_heard(inside: str, word: str) -> None:
    bare = "".join(char for char in inside if char not in "()[]（）［］")
    assert last_sound(f"{word}({bare})") == last_sound(word)
