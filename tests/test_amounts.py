"""Amounts as readers of three languages see them, and which figures a digest shows."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings, strategies as st

from handlers.amounts import figure_text, key_figures, spell
from handlers.figures import figures
from store.model import LANGUAGES, Amount, Figure, Language


@pytest.mark.parametrize(
    ("value", "unit", "ko", "en", "zh"),
    [
        ("10642600000000", "KRW", "10조 6426억 원", "KRW 10.64tn", "10.64万亿韩元"),
        ("65200000000", "CNY", "652억 위안", "RMB 65.2bn", "652亿元"),
        ("2000", "USD", "2000달러", "USD 2,000", "2000美元"),
        ("0", "KRW", "0원", "KRW 0", "0韩元"),
        ("305000000", "HKD", "3억 500만 홍콩달러", "HKD 305m", "3.05亿港元"),
        ("999999999", "EUR", "9억 9999만 9999유로", "EUR 1bn", "10亿欧元"),
        ("23.50", "percent", "23.5%", "23.5%", "23.5%"),
        ("-4", "percent", "-4%", "-4%", "-4%"),
        ("6400", "times", "6400배", "6,400x", "6400倍"),
        ("50000000", "people", "5000만 명", "50m people", "5000万人"),
        ("200000", "people_per_day", "하루 20만 명", "200,000 people a day", "每天20万人"),
        ("1000000", "count_per_month", "월 100만 개", "1m a month", "每月100万个"),
        ("3", "lightyears", "3", "3", "3"),
    ],
)
def test_news_style_of_each_language(value: str, unit: str, ko: str, en: str, zh: str) -> None:
    """Exact in Korean, two decimals in English and Chinese."""
    assert [spell(Decimal(value), unit, language) for language in ("ko", "en", "zh")] == [ko, en, zh]


UNITS = st.sampled_from(["CNY", "KRW", "USD", "HKD", "EUR", "JPY", "percent", "times", "people"])
VALUES = st.decimals(
    min_value=1, max_value=Decimal(10) ** 15, places=1, allow_nan=False, allow_infinity=False
)


@given(VALUES, UNITS)
@settings(max_examples=100, deadline=None)
def test_a_korean_amount_reads_back_as_itself(value: Decimal, unit: str) -> None:
    """What the composer writes the reader reads, to the last unit."""
    (figure,) = figures("", f"모두 {spell(value, unit, 'ko')} 정도다")

    assert (figure.value, figure.unit) == (value, unit)


@given(VALUES, UNITS, st.sampled_from(["en", "zh"]))
@settings(max_examples=100, deadline=None)
def test_a_rounded_amount_reads_back_within_half_a_hundredth(
    value: Decimal, unit: str, language: Language
) -> None:
    """Two decimals of the greatest scale are kept, so at most half a percent is lost."""
    (figure,) = figures("", f"= {spell(value, unit, language)} .")

    assert figure.unit == unit
    assert figure.value is not None
    assert abs(figure.value - value) <= value * Decimal("0.005")


@given(
    st.decimals(allow_nan=False, allow_infinity=False, max_value=10**30, min_value=-(10**30)),
    st.text(max_size=8),
)
@settings(max_examples=100, deadline=None)
def test_no_amount_and_no_unit_is_too_odd(value: Decimal, unit: str) -> None:
    """Every language says something, on one line, without NO-BREAK SPACE."""
    for language in LANGUAGES:
        said = spell(value, unit, language)
        assert said
        assert "\u00a0" not in said
        assert "\n" not in said


MONEY = Figure(
    "약 652억\u00a0위안",
    Decimal(65_200_000_000),
    "CNY",
    pair=Amount("10조\u00a06426억 원", Decimal(10_642_600_000_000), "KRW"),
)


def test_a_figure_stays_as_printed_for_readers_of_its_language() -> None:
    """With the conversion the text prints, and plain spaces."""
    assert figure_text(MONEY, "ko") == "약 652억 위안(10조 6426억 원)"
    assert figure_text(MONEY, "en") == "RMB 65.2bn (KRW 10.64tn)"
    assert figure_text(MONEY, "zh") == "652亿元（10.64万亿韩元）"
    assert figure_text(Figure("$3.2 billion", Decimal(3_200_000_000), "USD"), "en") == "$3.2 billion"
    assert figure_text(Figure("$3.2 billion", Decimal(3_200_000_000), "USD"), "ko") == "32억 달러"
    assert figure_text(Figure("652 亿元", Decimal(65_200_000_000), "CNY"), "zh") == "652 亿元"
    assert figure_text(Figure("23.5%", Decimal("23.5"), "percent"), "en") == "23.5%"


def test_a_range_is_spelled_with_both_ends() -> None:
    """The upper end is not lost in another language."""
    figure = Figure("20~30만원", Decimal(200_000), "KRW", value_high=Decimal(300_000))

    assert [figure_text(figure, language) for language in ("ko", "en", "zh")] == [
        "20~30만원",
        "KRW 200,000–300,000",
        "20万~30万韩元",
    ]


def test_a_vague_figure_stays_as_printed_for_everybody() -> None:
    """There is no value to spell."""
    assert figure_text(Figure("수백만", None, "count"), "en") == "수백만"


def test_key_figures_are_money_then_crowds_then_shares() -> None:
    """Each value once, vague and trifling ones never."""
    found = figures(
        "",
        "직원 12명과 3곳. 점유율 40%. 5000만 명이 쓴다. 652억 위안을 벌었다. 수백만 원. 652억 위안이다."
        " 8억 위안.",
    )

    assert [f.raw for f in key_figures(found)] == ["652억 위안", "8억 위안", "5000만 명"]
    assert [f.raw for f in key_figures(found, 9)] == ["652억 위안", "8억 위안", "5000만 명", "40%"]
    assert key_figures(found, 0) == ()
    assert key_figures(()) == ()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("전문가 27명이 모였다.", []),
        ("부처 15개와 전문가 27명이 모였다.", []),
        ("매장 446개를 굴린다.", ["446개"]),
        ("매장 446개와 직원 2300명이 있다.", ["2300명"]),
        ("매장 446개로 점유율 41%다.", ["41%"]),
        ("점수는 465점이었다.", []),
    ],
)
def test_a_small_count_stands_alone_or_not_at_all(text: str, shown: list[str]) -> None:
    """Under a thousand only for want of better, under a hundred never."""
    assert [figure.raw for figure in key_figures(figures("", text))] == shown


def test_a_range_is_spelled_with_its_upper_end_when_it_is_given() -> None:
    """For amounts that the bot computes."""
    assert spell(Decimal(200_000), "KRW", "ko", high=Decimal(300_000)) == "20만~30만 원"
