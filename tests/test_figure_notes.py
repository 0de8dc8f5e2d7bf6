"""What is said of a figure beside what is printed."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from handlers.conversions import conversions
from handlers.figure_notes import about, column, flag_text, issue_conversions, ours_text, what
from handlers.figures import figures
from store.model import LANGUAGES, Figure, Language
from tests.asks import a_store
from tests.build import a_story, an_edition

TEXT = (
    "매출은 652억 위안(10조 6426억 원), 이익은 180억 위안(2조 9381억 원), 게임은 268억 4400만 위안"
    "(약 4조 3013억 원)이다."
)
PRINTED = figures("", TEXT)
RATES = conversions(PRINTED)
BARE = Figure("5000만 위안", Decimal(50_000_000), "CNY")


SENTENCES: dict[Language, str] = {
    "ko": "환산이 1.8% 다릅니다. 여기서는 1위안에 160.2원, 같은 호의 다른 환산에서는 163.2원입니다."
    " 그 비율이면 봇 계산으로 약 4조 3820억 원입니다.",
    "en": "This conversion is 1.8% apart: it makes RMB 1 KRW 160.2, the other conversions of the edition"
    " KRW 163.2. At theirs the bot computes about KRW 4.38tn.",
    "zh": "这处换算相差 1.8%：这里1元等于160.2韩元，同一期其他换算是163.2韩元。"
    "按其比率，机器人计算约为4.38万亿韩元。",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_flag_is_one_reason_in_every_language(language: Language) -> None:
    """Which rate is implied, which the others say, and what the bot computes."""
    (flag,) = [flag for figure in PRINTED if (flag := RATES.flag(figure))]
    assert flag_text(flag, language) == SENTENCES[language]


def test_ours_is_marked_as_ours() -> None:
    """In every language, rounded to four digits."""
    assert [ours_text(BARE, "KRW", RATES, language) for language in LANGUAGES] == [
        "봇 계산: 약 81억 6100만 원",
        "Computed by the bot: about KRW 8.16bn",
        "机器人计算：约 81.61亿韩元",
    ]
    ranged = Figure("1~2억 위안", Decimal(10**8), "CNY", value_high=Decimal(2 * 10**8))
    assert ours_text(ranged, "KRW", RATES, "ko") == "봇 계산: 약 163억 2000만~326억 5000만 원"
    assert ours_text(BARE, "USD", RATES, "ko") == ""


def test_a_printed_conversion_needs_none_of_ours_unless_a_currency_is_asked_for() -> None:
    """Without one the reader's own comes first, then what the issue can tell."""
    assert column(PRINTED[0], "", RATES, "ko") == ""
    assert column(PRINTED[0], "KRW", RATES, "ko") == "봇 계산: 약 10조 6400억 원"
    assert column(BARE, "", RATES, "ko") == "봇 계산: 약 81억 6100만 원"
    assert column(BARE, "", RATES, "en") == "Computed by the bot: about KRW 8.16bn"
    assert column(Figure("100억 원", Decimal(10**10), "KRW"), "", RATES, "ko") == "봇 계산: 약 6126만 위안"
    assert column(Figure("3%", Decimal(3), "percent"), "KRW", RATES, "ko") == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("샤오미는 올해 매출 목표인 1000억 위안을 채웠다.", "샤오미는 올해 매출 목표인"),
        ("매출 652억 위안(10조 6426억 원), 순이익 180억 위안을 냈다.", "순이익"),
        ("소셜 광고 수입은 69억 위안이다.", "소셜 광고 수입은"),
        ("69억 위안을 벌었다.", "벌었다."),
        ("69억 위안", ""),
    ],
)
def test_what_a_figure_counts_is_said_in_the_sentences_own_words(text: str, said: str) -> None:
    """Those before it in its clause, else those after."""
    assert what(figures("", text)[-1]) == said


def test_what_is_cut_is_cut_between_words() -> None:
    """With a sign that it was."""
    (figure,) = figures(
        "", "아주 긴 문장이 여기에서 이렇게 길게 이어지다가 마침내 드디어 번 돈은 69억 위안이다."
    )

    assert what(figure).startswith("…")
    assert what(figure).endswith("번 돈은")
    assert len(what(figure)) <= 33


def test_the_words_around_a_figure_hold_it_as_printed() -> None:
    """However long the sentence; a short one whole."""
    (figure,) = figures("", "가나다 " * 60 + "69억 위안을 벌었다. " + "뒤의 글.")
    assert "69억 위안" in about(figure)
    assert len(about(figure)) <= 90
    assert about(figure).startswith("…")
    assert about(BARE) == ""


def test_an_editions_rates_are_remembered_by_its_content(tmp_path: Path) -> None:
    """A new content is read anew; an edition without a hash is never remembered."""
    story = a_story(body=TEXT, figures=PRINTED)
    other = a_story(body="글", figures=())
    store = a_store(tmp_path, (an_edition(stories=(story,), content_hash="a"), (story,)))
    first = issue_conversions("2017-W47", store)
    assert first.rates
    assert issue_conversions("2017-W47", store) is first

    store.library.put_edition(an_edition(stories=(other,), content_hash="b"), (other,))
    assert issue_conversions("2017-W47", store).rates == {}
    store.library.put_edition(an_edition(stories=(story,)), (story,))
    assert issue_conversions("2017-W47", store).rates
    assert issue_conversions("2000-W01", store).rates == {}
