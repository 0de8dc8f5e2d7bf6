"""How a story and a company look."""

from __future__ import annotations

import pytest

from handlers.cards import (
    company_button,
    company_buttons,
    company_row,
    names_line,
    picture,
    source_link,
    story_card,
)
from handlers.message import Note
from store.catalogue import load
from store.model import Company, Language
from tests.build import a_story, an_edition


@pytest.mark.parametrize(
    ("company", "language", "expected"),
    [
        (Company("a", "app", ko=("가",), en=("A",), zh_hans=("甲",)), "ko", "가 (甲, A)"),
        (Company("a", "app", ko=("가",), en=("A",), zh_hans=("甲",)), "zh", "甲（A，가）"),
        (Company("a", "app", en=("A",)), "ko", "A"),
        (Company("a", "app", en=("A",), zh_hans=("甲",)), "ko", "A (甲)"),
        (Company("a", "app", ko=("A",), en=("A",)), "ko", "A"),
    ],
)
def test_a_companys_names_stand_on_one_line_each_once(
    company: Company, language: Language, expected: str
) -> None:
    assert names_line(company, language) == expected


@pytest.mark.parametrize(
    ("url", "label"),
    [
        ("http://www.gov.cn/a", "gov.cn"),
        ("https://news.example:8080/x?y", "news.example"),
        ("http://[::1", "http://[::1"),
        ("mailto:x", "mailto:x"),
    ],
)
def test_a_source_is_called_by_its_site(url: str, label: str) -> None:
    run = source_link(url, "ko")
    assert (run.text, run.url) == (label, url)


def test_only_known_companies_get_a_button() -> None:
    story = a_story(companies=("meituan", "no-such", "tencent"))
    assert [each.command for each in company_buttons(story, load(), "ko")] == [
        "/company id:meituan", "/company id:tencent",
    ]  # fmt: skip
    company = load().companies["meituan"]
    assert company_button(company, "en", count=3).label == "Meituan, 3 stories"


def test_two_companies_of_one_name_are_told_apart() -> None:
    both = [load().companies["oppo"], load().companies["ofo"]]
    assert both[0].name("ko") == both[1].name("ko")
    labels = [button.label for button in company_row(both, "ko")]
    assert "OPPO" in labels[0]
    assert "ofo" in labels[1]


def test_a_card_without_anything_to_say_below_its_title_says_nothing() -> None:
    bare = a_story(source_url=None, companies=())
    assert story_card(bare, an_edition(), "ko", in_edition=True).blocks == ()
    assert isinstance(story_card(bare, an_edition(), "ko").blocks[-1], Note)


def test_a_thumbnail_is_a_picture_by_the_ending_of_its_path() -> None:
    assert picture(a_story(thumbnail_url="https://x.example/a.jpg")) is not None
    assert picture(a_story(thumbnail_url="https://x.example/a?b=.jpg")) is None
    assert picture(a_story()) is None
