"""An edition as one chat gets it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from handlers.compose import digest, sort_stories
from handlers.message import Bullets, Card, Reply
from handlers.subscription import widened
from store.bundle import Store
from store.model import Amount, Edition, Figure, Language, Story, Subscriber
from tests.asks import CHAT, a_store, buttons, plain, titles
from tests.build import NOON, a_story, an_edition

FIGURE = Figure(
    "652억 위안",
    Decimal(65_200_000_000),
    "CNY",
    pair=Amount("10조 6426억 원", Decimal(10_642_600_000_000), "KRW"),
)


def stories() -> tuple[Story, ...]:
    return (
        a_story("2017-W47-1", kind="app", title="앱 이야기", companies=("xiaohongshu",)),
        a_story("2017-W47-2", title="둘째 이야기", companies=("xiaomi",)),
        a_story("2017-W47-3", title="셋째 이야기", companies=("tencent", "xiaomi"), figures=(FIGURE,)),
        a_story("2017-W47-4", title="넷째 이야기", companies=()),
    )


@pytest.fixture
def store(tmp_path: Path) -> Store:
    before = (a_story("2017-W46-1"),)
    return a_store(tmp_path, (an_edition("2017-W46", before), before), (edition(), stories()))


def edition(of: Sequence[Story] | None = None) -> Edition:
    return an_edition("2017-W47", stories() if of is None else of, number=8, title="11월 넷째 주 이야기")


def composed(
    store: Store, *, language: Language = "ko", of: Sequence[Story] | None = None, **wishes: Any
) -> Reply:
    subscriber = Subscriber(CHAT, **wishes)
    given_ = stories() if of is None else of
    return digest(edition(given_), given_, subscriber, store, language=language, now=NOON)


def test_the_app_comes_first_then_each_story_in_order(store: Store) -> None:
    assert titles(composed(store)) == [
        "11월 넷째 주 이야기", "이번 주의 앱", "1. 앱 이야기",
        "다른 이야기", "2. 둘째 이야기", "3. 셋째 이야기", "4. 넷째 이야기",
    ]  # fmt: skip


def test_the_first_lines_name_the_edition_its_days_and_its_size(store: Store) -> None:
    assert plain(composed(store)).splitlines()[1] == "8호 · 2017년 11월 20일–26일 · 앱 1개, 이야기 3개"


def test_followed_companies_come_before_the_app(store: Store) -> None:
    assert titles(composed(store, follows=("tencent",)))[1:5] == [
        "팔로우한 회사", "3. 셋째 이야기", "이번 주의 앱", "1. 앱 이야기",
    ]  # fmt: skip


def test_a_followed_app_is_told_to_be_one(store: Store) -> None:
    assert titles(composed(store, follows=("xiaohongshu",)))[1:3] == ["팔로우한 회사", "1. 앱: 앱 이야기"]


def test_a_story_only_about_muted_companies_is_left_out_and_counted(store: Store) -> None:
    reply = composed(store, mutes=("xiaomi",))
    assert "2. 둘째 이야기" not in titles(reply)
    assert "3. 셋째 이야기" in titles(reply)
    assert "이야기 1개를 뺐습니다" in plain(reply)
    assert "앱 1개, 이야기 2개" in plain(reply)


def test_a_company_followed_wins_over_the_same_muted(store: Store) -> None:
    assert "2. 둘째 이야기" in titles(composed(store, follows=("xiaomi",), mutes=("xiaomi",)))


def test_when_all_is_muted_the_reply_says_so_and_is_tagged_empty(store: Store) -> None:
    muted = composed(store, of=stories()[:2], mutes=("xiaomi", "xiaohongshu"))
    assert muted.tags["empty"] == "muted"
    assert "숨긴 회사" in plain(muted)
    assert composed(store, of=()).tags["empty"] == "nothing"
    assert "empty" not in composed(store, mutes=("xiaomi", "xiaohongshu")).tags


def test_a_story_shows_its_figures_with_the_won_beside_the_yuan(store: Store) -> None:
    assert "652억 위안(10조 6426억 원)" in plain(composed(store))


def test_a_story_has_its_source_and_a_button_for_each_company(store: Store) -> None:
    reply = composed(store)
    card = next(block for block in reply.blocks if isinstance(block, Card) and "셋째" in block.title[-1].text)
    assert [(button.label, button.command) for button in card.buttons] == [
        ("텐센트", "/company id:tencent"), ("샤오미", "/company id:xiaomi"),
    ]  # fmt: skip
    assert "news.example (3번) <https://news.example/2017-W47-3>" in plain(reply)


def test_at_most_three_companies_have_a_button(store: Store) -> None:
    many = a_story("2017-W47-1", companies=("tencent", "xiaomi", "meituan", "baidu"))
    card = next(block for block in composed(store, of=(many,)).blocks if isinstance(block, Card))
    assert [button.label for button in card.buttons] == ["텐센트", "샤오미", "메이투안"]


def test_short_is_two_sentences_and_full_is_the_whole_body(store: Store) -> None:
    body = "첫 문장은 사실을 하나 말한다. 둘째 문장은 사실을 또 말한다. 셋째 문장은 마지막 말이다."
    story = a_story("2017-W47-1", body=body, companies=())
    assert "마지막" not in plain(composed(store, of=(story,)))
    assert body in plain(composed(store, of=(story,), length="full"))
    assert "/story 2017-W47-1" in plain(composed(store, of=(story,)))
    assert "/story" not in plain(composed(store, of=(story,), length="full"))


def test_the_foot_leads_to_the_companies_settings_the_edition_before_and_help(store: Store) -> None:
    assert list(buttons(composed(store)).items())[-4:] == [
        ("회사 목록", "/companies"), ("설정", "/settings"),
        ("이전 호", "/digest 2017-W46"), ("도움말", "/help"),
    ]  # fmt: skip


@pytest.mark.parametrize(("language", "words"), [("en", "In Korean"), ("zh", "正文：韩文")])
def test_a_reader_of_another_language_is_told_once_what_the_text_is_in(
    store: Store, language: Language, words: str
) -> None:
    assert plain(composed(store, language=language)).count(words) == 1
    assert words not in plain(composed(store))


def test_in_a_mixed_edition_each_foreign_story_is_marked(store: Store) -> None:
    mixed = (stories()[0], replace(stories()[1], language="en"), replace(stories()[2], language="en"))
    assert plain(composed(store, of=mixed)).count("본문: 영어") == 2


def test_names_and_figures_are_in_the_readers_language(store: Store) -> None:
    reply = composed(store, language="en")
    assert "RMB 65.2bn (KRW 10.64tn)" in plain(reply)
    assert buttons(reply)["Tencent"] == "/company id:tencent"


def test_the_summary_holds_head_figures_and_the_first_titles_only(store: Store) -> None:
    reply = composed(store, follows=("tencent",))
    bullets = [block for block in reply.summary if isinstance(block, Bullets)]
    assert ["".join(run.text for run in line) for line in bullets[0].lines] == [
        "★ 셋째 이야기", "앱: 앱 이야기", "둘째 이야기", "넷째 이야기",
    ]  # fmt: skip
    assert not any(isinstance(block, Card) for block in reply.summary)
    assert "652억 위안" in plain(replace(reply, blocks=reply.summary))


def test_a_silent_chat_gets_a_silent_digest(store: Store) -> None:
    assert composed(store, silent=True).silent
    assert not composed(store).silent


def test_an_edition_without_title_or_number_is_called_by_its_week(store: Store) -> None:
    reply = digest(replace(edition(), title="", number=None), stories(), None, store, language="ko", now=NOON)
    assert titles(reply)[0] == "2017년 11월 넷째 주"


IDS = st.lists(st.sampled_from(("tencent", "xiaomi", "xiaohongshu", "baidu")), unique=True)


@given(IDS, IDS)
def test_every_story_is_shown_once_or_left_out_as_muted(follows: list[str], mutes: list[str]) -> None:
    sorted_ = sort_stories(stories(), Subscriber(CHAT, follows=tuple(follows), mutes=tuple(mutes)))
    everything = [*sorted_.followed, *sorted_.app, *sorted_.others, *sorted_.muted]
    assert sorted(everything, key=lambda story: story.id) == list(stories())
    assert all(set(story.companies) <= set(mutes) - set(follows) for story in sorted_.muted)


def test_muting_a_company_reaches_its_products_unless_the_chat_named_them(store: Store) -> None:
    made = Subscriber(CHAT, follows=("wechat-pay",), mutes=("tencent",))
    wide = widened(made, store.catalogue)
    assert wide.follows == ("wechat-pay",)
    assert {"tencent", "wechat", "honor-of-kings"} <= set(wide.mutes)
    assert "wechat-pay" not in wide.mutes

    about = a_story("2017-W47-9", companies=["tencent", "wechat"])
    week = an_edition("2017-W47", [about])
    assert (
        digest(week, [about], Subscriber(CHAT, mutes=("tencent",)), store, language="ko", now=NOON).tags[
            "empty"
        ]
        == "muted"
    )
