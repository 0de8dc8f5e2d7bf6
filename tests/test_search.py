"""/search: stories by their words."""

from __future__ import annotations

from pathlib import Path

import pytest

from handlers.search import sentence_with
from store.bundle import Store
from tests.asks import a_store, buttons, plain, titles, told
from tests.build import a_story, an_edition


@pytest.fixture
def store(tmp_path: Path) -> Store:
    stories = tuple(
        a_story(
            f"2017-W47-{order}",
            title=f"{order}번째 소식",
            body=f"처음에 하는 말이다. 창고에서 드론이 {order}대 난다.",
        )
        for order in range(1, 8)
    )
    return a_store(tmp_path, (an_edition("2017-W47", stories, number=8), stories))


async def test_a_hit_shows_the_sentence_that_holds_the_words(store: Store) -> None:
    reply = await told(store, "/search 드론 창고")
    assert titles(reply)[0] == "'드론 창고' 검색 결과 7개"
    assert len(titles(reply)) == 6
    assert "창고에서 드론이" in plain(reply)
    assert "처음에 하는 말이다" not in plain(reply)
    assert "news.example <https://news.example/2017-W47-" in plain(reply)
    assert buttons(reply)["메이투안"] == "/company id:meituan"


async def test_pages_of_five_hold_every_hit_once(store: Store) -> None:
    first = await told(store, "/search 드론")
    second = await told(store, buttons(first)["다음"], pressed=True)
    found = [
        command
        for reply in (first, second)
        for command in buttons(reply).values()
        if command.startswith("/story")
    ]
    assert sorted(found) == [f"/story 2017-W47-{order}" for order in range(1, 8)]
    assert second.replace
    assert "6~7번째" in plain(second)
    assert "목록이 바뀌었습니다" in plain(await told(store, "/search 드론 page 9"))


async def test_nothing_found_gives_hints_and_the_company_where_it_is_one(store: Store) -> None:
    bare = await told(store, "/search 없는낱말뿐")
    assert "'없는낱말뿐'에 맞는 이야기가 없습니다." in plain(bare)
    assert "/companies" in plain(bare)
    assert buttons(await told(store, "/search 바이두"))["바이두"] == "/company id:baidu"
    assert "/company id:tencent" in buttons(await told(store, "/search tencnet")).values()


async def test_words_that_hold_no_letter_are_refused_with_an_example(store: Store) -> None:
    assert "/search 배달" in plain(await told(store, "/search ?!"))
    assert "/search 낱말…" in plain(await told(store, "/search"))


def test_the_sentence_with_most_words_is_shown_around_them() -> None:
    story = a_story(body="드론이 난다. 창고에서 드론이 난다. 끝이다.", companies=())
    assert sentence_with("창고 드론", story) == "창고에서 드론이 난다."
    long = a_story(body="가나다라 " * 80 + "드론이 " + "마바사아 " * 80 + "난다.", companies=())
    shown = sentence_with("드론", long)
    assert "드론" in shown
    assert len(shown) <= 222
    assert (
        sentence_with("ＤＲＯＮＥ", a_story(body="A Drone flies. The end is here.", companies=()))
        == "A Drone flies."
    )
    assert sentence_with("제목에만", story) in story.body
