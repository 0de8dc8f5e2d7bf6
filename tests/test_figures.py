"""Figures: what is one, what it is worth, which conversion belongs to it."""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from handlers.figures import LOOKED_AT, MOST, figure_decisions, figures
from store.model import Figure


def read(text: str) -> list[tuple[str, str]]:
    return [(str(plain(f.value)), f.unit) for f in figures("", text)]


def plain(value: Decimal | None) -> object:
    return None if value is None else int(value) if value == int(value) else value.normalize()


def only(text: str) -> Figure:
    (figure,) = figures("", text)
    return figure


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("매출은 703억 위안이다", 70_300_000_000, "CNY"),
        ("매출은 91억 2300만 위안이다", 9_123_000_000, "CNY"),
        ("손실 70억3천500만원", 7_035_000_000, "KRW"),
        ("시총 2조3천700억원", 2_370_000_000_000, "KRW"),
        ("벌금 3만4500위안을 냈다", 34_500, "CNY"),
        ("31.5억 달러 규모", 3_150_000_000, "USD"),
        ("시장은 만억 위안이다", 10**12, "CNY"),
        ("사천억 원을 썼다", 400_000_000_000, "KRW"),
        ("3억\u00a0500만\u00a0홍콩달러", 305_000_000, "HKD"),
        ("2백만 유로", 2_000_000, "EUR"),
        ("800억엔을", 80_000_000_000, "JPY"),
        ("수수료 0원", 0, "KRW"),
        ("1,250달러짜리", 1250, "USD"),
        ("融资2.35亿元人民币", 235_000_000, "CNY"),
        ("约 18 万亿韩元", 18_000_000_000_000, "KRW"),
        ("一亿两千万美元", 120_000_000, "USD"),
        ("近亿元融资和超3000万港元", 100_000_000, "CNY"),
        ("售价两百块钱", 200, "CNY"),
        ("raised RMB 4.1bn", 4_100_000_000, "CNY"),
        ("a US$2.5 million deal", 2_500_000, "USD"),
        ("worth HK$30m", 30_000_000, "HKD"),
        ("paid ¥12 billion", 12_000_000_000, "CNY"),
        ("about 3.4 billion yuan", 3_400_000_000, "CNY"),
        ("€40m of aid", 40_000_000, "EUR"),
        ("two billion dollars", 2_000_000_000, "USD"),
    ],
)
def test_money_is_worth_what_it_says(text: str, value: int, unit: str) -> None:
    """Korean, Chinese and English ways of writing sums."""
    first = figures("", text)[0]

    assert (plain(first.value), first.unit) == (value, unit)


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("점유율 17.3%", "17.3", "percent"),
        ("17.3 퍼센트", "17.3", "percent"),
        ("마이너스 4%", "-4", "percent"),
        ("성장률은 -2.5%다", "-2.5", "percent"),
        ("百分之三十五", "35", "percent"),
        ("more than seven percent", "7", "percent"),
        ("지난해보다 2.5%포인트 올랐다", "2.5", "percent_point"),
        ("上升3个百分点", "3", "percent_point"),
        ("12배로 늘었다", "12", "times"),
        ("세 배가 됐다", "3", "times"),
        ("提高三倍", "3", "times"),
        ("a 7-fold rise", "7", "times"),
        ("5천만 명", "50000000", "people"),
        ("1억2000만명", "120000000", "people"),
        ("3000人参加", "3000", "people"),
        ("2亿用户", "200000000", "people"),
        ("30 million monthly active users", "30000000", "people"),
        ("하루 평균 30만 명", "300000", "people_per_day"),
        ("20,000 people a day", "20000", "people_per_day"),
        ("앱을 통해 월 200만 건 넘게", "2000000", "count_per_month"),
        ("3월 200만 건", "2000000", "count"),
        ("매장 4000여 개", "4000", "count"),
        ("45만 대를 팔았다", "450000", "units"),
        ("交付3.2万辆", "32000", "units"),
        ("250개 기업", "250", "companies"),
        ("100여 개국", "100", "count"),
    ],
)
def test_other_figures(text: str, value: str, unit: str) -> None:
    """Shares, multiples, crowds, things and rates."""
    figure = only(text)

    assert (plain(figure.value), figure.unit) == (plain(Decimal(value)), unit)


@pytest.mark.parametrize(
    "text",
    [
        "2017년 11월 15일 오후 3시 30분",
        "11월 넷째 주, 3분기, 1위, 5번째, 제3조 2항",
        "버전 5.0과 3.0.1, MIX2, iPhone 15, 메이트60프로, G9",
        "3대 인터넷 기업과 4대 천왕",
        "24시간, 5년 만에, 28.62분, 15개월",
        "3개월 전 10배럴을 5배송했다",
        "1인 가구와 3원칙, 2위안에 들다",
        "2023年6月，第二十个工作日，3个小时",
        "5G, 200TOPS, 2nm, 4680, 1920x1080, 3:30 p.m.",
        "the 6th time in 2023, at 10:30 on May 5",
        "width:100%; see https://example.com/50%25/3억원",
        "한 개, 三个, one player",
        "수십 년 동안, 几十年, 上百天, dozens years",
        "일조량 조사 대의원, 구조 명단과 백조가 쓰러졌다. 만일 명단이 있다면",
        "3억 파운드와 5亿英镑, 20 pounds",
    ],
)
def test_dates_ranks_versions_and_durations_are_no_figures(text: str) -> None:
    """A number without a unit of ours says nothing."""
    assert figures("", text) == ()


@pytest.mark.parametrize(
    ("text", "low", "high", "unit"),
    [
        ("20~30만원", 200_000, 300_000, "KRW"),
        ("20만∼30만 원", 200_000, 300_000, "KRW"),
        ("5-7%", 5, 7, "percent"),
        ("10％～12％", 10, 12, "percent"),
        ("170 亿至 190 亿美元", 17_000_000_000, 19_000_000_000, "USD"),
        ("20-30亿元", 2_000_000_000, 3_000_000_000, "CNY"),
        ("$3.5-4bn", 3_500_000_000, 4_000_000_000, "USD"),
        ("$1.3-$1.5bn", 1_300_000_000, 1_500_000_000, "USD"),
        ("5 to 7 percent", 5, 7, "percent"),
    ],
)
def test_ranges_keep_both_ends(text: str, low: int, high: int, unit: str) -> None:
    """The lower number takes the scale of the upper one."""
    figure = only(text)

    assert (plain(figure.value), plain(figure.value_high)) == (low, high)
    assert (figure.unit, figure.raw) == (unit, text)


def test_from_to_is_a_change_and_not_a_range() -> None:
    """Two figures, before and after."""
    assert read("It grew from 5% to 9%.") == [("5", "percent"), ("9", "percent")]


@pytest.mark.parametrize(
    ("text", "value", "pair", "unit"),
    [
        ("100억 위안(1조 6500억 원)", 10**10, "1조 6500억 원", "KRW"),
        ("30만 위안(4900만 원의 벌금)이 나왔다", 300_000, "4900만 원", "KRW"),
        ("3억 달러 (약 4200억 원)", 3 * 10**8, "약 4200억 원", "KRW"),
        ("50억 위안을 넘었다. 원화로 8250억 원에 이른다.", 5 * 10**9, "8250억 원", "KRW"),
        ("20억위안 약 3700억원 규모", 2 * 10**9, "약 3700억원", "KRW"),
        ("7.1 billion yuan (US$1 billion)", 7_100_000_000, "US$1 billion", "USD"),
        ("2亿美元（约合人民币 14 亿元）", 2 * 10**8, "人民币 14 亿元", "CNY"),
        ("10亿美元，约合72亿元", 10**9, "72亿元", "CNY"),
        ("$15 million, which equals 107 million yuan", 15_000_000, "107 million yuan", "CNY"),
    ],
)
def test_a_printed_conversion_is_the_figures_pair(text: str, value: int, pair: str, unit: str) -> None:
    """In the bracket, beside it where brackets were lost, or in the sentence after."""
    figure = only(text)

    assert figure.value == value
    assert figure.pair is not None
    assert (figure.pair.raw, figure.pair.unit) == (pair, unit)


@pytest.mark.parametrize(
    "text",
    [
        "10억 달러를 샀다. 1조4000억원 수준이다.",
        "100억 위안, 3억 원",
        "매출 3억 원(전년 2억 원)",
        "5억 위안(20%)",
    ],
)
def test_two_amounts_are_no_pair_without_a_sign_of_it(text: str) -> None:
    """Another sum, the same currency, an impossible rate or a share stay figures of their own."""
    assert all(figure.pair is None for figure in figures("", text))
    assert len(figures("", text)) == 2


def test_vague_numbers_have_no_value() -> None:
    """Millions, dozens: printed, counted as nothing."""
    found = figures("", "수백만 데이터와 수십억 달러, 数千万元, dozens of apps")

    assert [(f.value, f.unit) for f in found] == [
        (None, "count"),
        (None, "USD"),
        (None, "CNY"),
        (None, "count"),
    ]


def test_bare_sums_count_only_where_money_is_talked_of() -> None:
    """Headlines leave the won out; tokens and downloads are no money."""
    assert read("광고에 2조 쓴 앱") == [("2000000000000", "KRW")]
    assert read("耗资 7 亿收购") == [("700000000", "CNY")]
    assert read("671억 매개변수 모델") == []


def test_the_same_figure_is_told_once() -> None:
    """Headline and text say it twice; two shares of different things stay two."""
    assert read("영업이익 24% 상승. 회사는 영업이익 24% 상승했다고 밝혔다.") == [("24", "percent")]
    assert read("수출 중 40%는 인도로 간다. 수입은 내년에 40% 줄어든다.") == [
        ("40", "percent"),
        ("40", "percent"),
    ]


def test_the_first_telling_takes_the_pair_of_the_second() -> None:
    """Nothing printed is lost by telling once."""
    figure = only("매출 703억 위안 달성. 매출은 703억 위안(11조 4700억 원)이다.")

    assert figure.pair is not None
    assert figure.pair.value == 11_470_000_000_000


def test_raw_is_as_printed_with_plain_spaces_and_the_sentence_around_it() -> None:
    """NO-BREAK SPACE never comes out; spans are into title and body."""
    title, body = "제목 12%", "앞 문장이다. 약\u00a03억\u00a02000만 위안을 썼다. 끝."
    share, money = figures(title, body)

    assert (share.raw, share.sentence) == ("12%", "제목 12%")
    assert money.raw == "약 3억 2000만 위안"
    assert f"{title}\n{body}"[slice(*money.span)].replace("\u00a0", " ") == money.raw
    assert money.sentence == "약 3억 2000만 위안을 썼다."


PIECES = st.sampled_from(
    [
        *(
            "3",
            "1,250",
            "28.8",
            "억",
            "만",
            " ",
            "\u00a0",
            "위안",
            "원",
            "$",
            "~",
            "-",
            "%",
            "배",
            "명",
            "(",
            ")",
            "약",
        ),
        *(
            "亿",
            "元",
            "bn",
            " billion",
            "수십",
            "一",
            "千",
            "를",
            ".",
            ",",
            "\n",
            "，",
            "％",
            "만억",
            "百分之",
            "1조",
        ),
        *("US$", "x", "5월", "원화로 ", "\ud800"),
    ]
)


@given(st.text(max_size=20), st.lists(PIECES, max_size=30))
@settings(max_examples=100, deadline=None)
def test_every_span_cuts_out_its_raw_text(title: str, pieces: list[str]) -> None:
    """Any text is read; spans are in order and apart and hold what was printed."""
    body = "".join(pieces)
    printed = f"{title}\n{body}"
    past = 0
    for figure in figures(title, body):
        start, end = figure.span
        assert past <= start < end
        past = end
        assert len(figure.raw) == end - start
        assert "\u00a0" not in figure.raw
        assert figure.raw in figure.sentence or "\n" in printed[start:end] or len(figure.sentence) > 700


@given(st.sampled_from(["1" * 400_000, "1," * 100_000, "수억" * 50_000, "<a " * 30_000, "一亿" * 50_000]))
@settings(max_examples=5, deadline=None)
def test_monsters_of_digits_hold_nothing_and_end(text: str) -> None:
    """No amount has a thousand digits."""
    assert len(figures("", text)) <= 1


def test_the_labelled_documents_are_read_well() -> None:
    """Nine in ten of the figures labelled in whole documents beside the repository, and few beside them."""
    shared = Path(__file__).parents[1] / ".." / "shared" / "data"
    if not (shared / "gold_dev.json").exists():
        pytest.skip("no shared/data/gold_dev.json beside the repository")
    scored = {"CNY", "KRW", "USD", "HKD", "EUR", "JPY", "percent", "times", "people"}
    said: Counter[tuple[str, object, str]] = Counter()
    true: Counter[tuple[str, object, str]] = Counter()
    for document in json.loads((shared / "gold_dev.json").read_text(encoding="utf-8"))["documents"]:
        if document.get("figures_scope") or document["multi_item"]:
            continue
        ident = document["id"]
        text = (shared / "docs" / f"{ident}.txt").read_text(encoding="utf-8").split("\n---\n", 1)[-1]
        title, _, body = text.strip().partition("\n")
        said.update(
            (ident, float(f.value), f.unit)
            for f in figures(title, body)
            if f.value is not None and f.unit in scored
        )
        true.update(
            (ident, float(f["value"]), f["unit"])
            for f in document["figures"]
            if f["value"] is not None and f["unit"] in scored
        )
    right = (said & true).total()

    assert right >= 0.9 * true.total()
    assert right >= 0.9 * said.total()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("sales fell c30% to c$2.1-$2.4bn", [("30", "", "percent"), ("2100000000", "2400000000", "USD")]),
        ("raised c€9m", [("9000000", "", "EUR")]),
        ("it paid 45m yuan", [("45000000", "", "CNY")]),
        ("Netflix30%以上", [("30", "", "percent")]),
        ("cut it by $5,000 to $20,000", [("5000", "", "USD"), ("20000", "", "USD")]),
        ("costs $100 - $150 now", [("100", "150", "USD")]),
        ("ranging from $5 to $9", [("5", "9", "USD")]),
        ("값은 12만9 500원", [("129500", "", "KRW")]),
        ("지난해 80만 대 대비 늘었다", [("800000", "", "units")]),
        ("up to 5 music 20%", [("20", "", "percent")]),
    ],
)
def test_habits_of_the_press_are_read(text: str, told: list[tuple[str, str, str]]) -> None:
    """Circa, letters for scales, glued words, changes against ranges, lost commas."""
    assert [(int(f.value or 0), int(f.value_high or 0), f.unit) for f in figures("", text)] == [
        (int(value), int(high or 0), unit) for value, high, unit in told
    ]


@pytest.mark.parametrize("text", ["Model F150 원", "000원", "Q3 실적", "버전 1.2.3%"])
def test_parts_of_names_and_numbers_are_none(text: str) -> None:
    assert figures("", text) == ()


@pytest.mark.parametrize("unit", ["1~", "1 ", "12억 ", "a 1 ", "1\n", "c1", "$"])
def test_a_text_of_numbers_is_looked_at_only_so_far(unit: str) -> None:
    """However long the text, at most LOOKED_AT numbers are judged."""
    assert len(figure_decisions("", unit * 40_000)) <= LOOKED_AT + MOST
