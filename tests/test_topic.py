"""/topic: what the stories are about, found from them alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from handlers.topics import (
    companies_in,
    near_topics,
    newest_stories,
    sector_name,
    sector_of,
    story_terms,
    topics,
)
from store.bundle import Store
from store.catalogue import load
from store.model import LANGUAGES
from tests.asks import a_store, buttons, plain, titles, told
from tests.build import a_story, an_edition
from tests.news import a_newsroom


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return a_newsroom(tmp_path)


def test_sectors_of_the_companies_and_terms_of_several_stories_are_topics(store: Store) -> None:
    found = {(topic.kind, topic.key): topic.count for topic in topics(store)}
    assert found["sector", "local services"] == 2
    assert found["term", "仓储机器人"] == 2
    assert found["term", "공유자전거"] == 2
    assert not any(key in {"메이투안", "텐센트", "京东"} for _, key in found)
    assert not any(kind == "term" and count < 2 for (kind, _), count in found.items())


def test_only_nouns_of_a_text_are_terms() -> None:
    found, nouns = story_terms(
        "공유자전거를 빌려 창고에서 돌려줬다. 보증금은 돌려받지 못한다. AI와 drone, the market."
    )
    assert {"공유자전거", "보증금", "AI", "drone"} <= found
    assert {"공유자전거", "보증금"} <= nouns
    assert not {"돌려줬다", "못한", "the", "market", "AI와"} & found
    assert story_terms("仓储机器人的时候")[0] >= {"仓储", "机器人"}
    assert not any("的" in term for term in story_terms("仓储机器人的时候")[0])


def test_a_term_that_is_part_of_another_as_frequent_is_left_out(tmp_path: Path) -> None:
    stories = tuple(
        a_story(f"2017-W47-{n}", title=f"소식 {n}", body=body, companies=())
        for n, body in enumerate(
            ["仓储机器人上岗", "仓储机器人休息", "드론택시가 난다", "드론택시를 샀다",
             "고래가 산다", "바다가 넓다", "등대"], 1
        )
    )  # fmt: skip
    keys = [topic.key for topic in topics(a_store(tmp_path, (an_edition("2017-W47", stories), stories)))]
    assert "드론택시" in keys
    assert "仓储" not in keys


def test_a_term_of_most_stories_says_nothing(tmp_path: Path) -> None:
    stories = tuple(
        a_story(
            f"2017-W47-{n}",
            title=f"소식 {n}",
            body="고래를 본다." + (" 등대가 있다." if n < 3 else ""),
            companies=(),
        )
        for n in range(1, 11)
    )
    keys = [topic.key for topic in topics(a_store(tmp_path, (an_edition("2017-W47", stories), stories)))]
    assert "등대" in keys
    assert "고래" not in keys


def test_topics_follow_the_library(store: Store) -> None:
    before = topics(store)
    assert topics(store) is before
    store.library.put_story(a_story("2017-W48-1", title="등대", body="등대를 본다", companies=()))
    assert topics(store) is not before


def test_only_the_newest_stories_are_read(store: Store) -> None:
    assert [story.edition for story in newest_stories(store.library, 3)] == [
        "2017-W48",
        "2017-W48",
        "2017-W47",
    ]


def test_every_sector_of_the_catalogue_has_a_name_that_leads_back() -> None:
    catalogue = load()
    sectors = {company.sector for company in catalogue.companies.values()} - {""}
    named = [sector for sector in sectors if sector_name(sector, "ko") != sector]
    assert len(named) >= 0.8 * len(sectors)  # one that the catalogue has gained may wait for its name
    for sector in named:
        assert sector_of(sector, catalogue) == sector
        for language in LANGUAGES:
            assert sector_of(sector_name(sector, language).upper(), catalogue) is not None
        assert companies_in(sector, catalogue)


async def test_topics_are_listed_in_pages_with_counts_that_are_those_of_their_stories(store: Store) -> None:
    reply = await told(store, "/topic")
    assert titles(reply)[0] == "이야기의 주제"
    listed = {label: command for label, command in buttons(reply).items() if command.startswith("/topic ")}
    for label, command in listed.items():
        if "page" in command:
            continue
        one = await told(store, command, pressed=True)
        assert one.tags["total"] == label.rpartition(" ")[2].removesuffix("개"), label
    if "다음 쪽" in buttons(reply):
        assert (await told(store, "/topic page 2", pressed=True)).replace
    assert "마지막 쪽" in plain(await told(store, "/topic page 99"))


async def test_a_topic_shows_its_stories(store: Store) -> None:
    term = await told(store, "/topic 공유자전거")
    assert {"/story 2017-W46-2", "/story 2017-W48-1"} <= set(buttons(term).values())
    sector = await told(store, "/topic Food delivery")
    assert titles(sector)[0] == "음식 배달 분야의 이야기 1개"
    assert (await told(store, "/topic 外卖")).tags["topic"] == "food delivery"
    assert (await told(store, "/topic sector:bike sharing")).tags["total"] == "1"
    chinese = await told(store, "/topic 机器人", language="zh")
    assert "机器人" in titles(chinese)[0]


async def test_an_unknown_topic_offers_near_ones(store: Store) -> None:
    reply = await told(store, "/topic 고래잡이")
    assert "고래잡이" in plain(reply)
    assert buttons(reply)["주제 목록"] == "/topic"
    near = near_topics("공유자동차", topics(store), "ko")
    assert any("공유" in topic.name("ko") for topic in near)


async def test_an_empty_store_and_one_without_topics_say_so(tmp_path: Path) -> None:
    empty = a_store(tmp_path / "a")
    assert "아직 발행된 소식이 없" in plain(await told(empty, "/topic"))
    story = a_story(companies=())
    alone = a_store(tmp_path / "b", (an_edition("2017-W47", (story,)), (story,)))
    assert "/latest" in plain(await told(alone, "/topic"))


@given(st.text(max_size=120))
@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
async def test_no_text_makes_it_fail(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    store = a_newsroom(tmp_path_factory.mktemp("any"))
    assert "failed" not in (await told(store, f"/topic {text}")).tags
    story_terms(text)
