"""Numbers without a unit that are money or people because of the words around them."""

from __future__ import annotations

import pytest

from handlers.figures import figures


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("새 사업에 3조 투자", 3 * 10**12, "KRW"),
        ("公司斥资 9 亿建厂", 900_000_000, "CNY"),
        ("新车售价 18 万起", 180_000, "CNY"),
        ("40 万以上的高端市场竞争激烈", 400_000, "CNY"),
        ("该应用月活用户数达 2.5 亿，创新高", 250_000_000, "people"),
        ("가입자 수는 1억2000만으로 늘었다", 120_000_000, "people"),
    ],
)
def test_the_sentence_gives_the_unit(text: str, value: int, unit: str) -> None:
    (figure,) = figures("", text)
    assert (int(figure.value or 0), figure.unit) == (value, unit)


@pytest.mark.parametrize(
    "text",
    [
        "참가를 미룰 수만은 없었다",  # 수 as "way", not "some"
        "品牌已有 6 万车主",  # owners of cars, not a price
        "两地相距 20 万公里",
        "该平台收录百家号文章",  # part of a name
    ],
)
def test_a_number_that_only_looks_like_an_amount_is_left(text: str) -> None:
    assert figures("", text) == ()


def test_vague_numbers_count_what_follows() -> None:
    (figure,) = figures("", "수만 명이 줄을 섰다")
    assert (figure.value, figure.unit) == (None, "people")
