"""/search: stories by their words."""

from __future__ import annotations

from pathlib import Path

import pytest

from handlers.message import Card, Reply, Text
from handlers.search import sentence_with
from store.bundle import Store
from tests.asks import a_store, buttons, plain, titles, told
from tests.build import a_story, an_edition
from tests.news import a_newsroom


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
    assert titles(reply)[0] == "‘드론 창고’ 검색 결과 7개"
    assert len(titles(reply)) == 6
    assert "창고에서 드론이" in plain(reply)
    assert "처음에 하는 말이다" not in plain(reply)
    assert "news.example (1번) <https://news.example/2017-W47-" in plain(reply)
    assert buttons(reply)["메이투안"] == "/company id:meituan"


async def test_pages_of_five_hold_every_hit_once(store: Store) -> None:
    first = await told(store, "/search 드론")
    second = await told(store, buttons(first)["다음 쪽"], pressed=True)
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
    assert "‘없는낱말뿐’에 맞는 이야기가 없습니다." in plain(bare)
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


@pytest.fixture
def press(tmp_path: Path) -> Store:
    return a_newsroom(tmp_path)


def shown(reply: Reply) -> list[str]:
    return sorted(
        command.removeprefix("/story ") for command in buttons(reply).values() if command.startswith("/story")
    )


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("배달 company:메이투안", ["2017-W48-1"]),
        ("공유자전거 to:2017-11-22", ["2017-W46-2"]),
        ("공유자전거 from:2017-W48", ["2017-W48-1"]),
        ("공유자전거 부터:2017-11-28 까지:2017-11-28", ["2017-W48-1"]),
        (
            "机器人 从:2017-11-20 到:2017-11-26",
            ["2017-W47-3"],
        ),  # its source's day is unknown, its week is not
        ("机器人 company:alibaba", ["2017-W48-2"]),  # Cainiao is Alibaba's
        ("company:메이투안", ["2017-W46-2", "2017-W47-1", "2017-W48-1"]),  # Mobike is Meituan's
        ("公司:腾讯 到:2017-11", ["2017-W46-1"]),
    ],
)
async def test_filters_narrow_the_answer(press: Store, typed: str, found: list[str]) -> None:
    assert shown(await told(press, f"/search {typed}")) == found


async def test_the_filters_stand_in_the_first_line_and_in_the_paging(store: Store) -> None:
    reply = await told(store, "/search 드론 회사:메이투안 부터:2017-11 까지:2017-W47")
    assert titles(reply)[0] == "‘드론’ 검색 결과 7개 · 회사: 메이투안 · 2017-11부터 · 2017-W47까지"
    assert buttons(reply)["다음 쪽"] == "/search 드론 company:meituan from:2017-11 to:2017-W47 page 2"
    second = await told(store, buttons(reply)["다음 쪽"], pressed=True)
    assert len(shown(second)) == 2
    english = await told(store, "/search 드론 company:meituan", language="en")
    assert titles(english)[0].endswith("· company: Meituan")
    assert titles(await told(store, "/search 드론 from:2017", language="zh"))[0].endswith("· 从2017起")


async def test_the_words_are_bold_in_the_sentence(store: Store) -> None:
    reply = await told(store, "/search 드론 창고")
    card = next(block for block in reply.blocks if isinstance(block, Card))
    text = next(block for block in card.blocks if isinstance(block, Text))
    assert [run.text for run in text.line if run.bold] == ["창고", "드론"]


async def test_a_bad_filter_is_named_with_an_example(press: Store) -> None:
    reply = await told(press, "/search 배달 부터:어제")
    assert "부터: 뒤의 ‘어제’는 날짜가 아닙니다. 예: 부터:2017-11-22" in plain(reply)
    assert "company:meituan" in plain(await told(press, "/search x company:meitun", language="en"))
    assert "/search 배달 from:2017-11" in plain(await told(press, "/search from:2017-11"))
    assert "/search 배달" in plain(await told(press, "/search ?! company:baidu"))


async def test_nothing_within_the_filters_says_what_is_without(press: Store) -> None:
    reply = await told(press, "/search 공유자전거 from:2018")
    assert "‘공유자전거’에 맞는 이야기가 없습니다. · 2018부터" in plain(reply)
    assert "조건을 빼면 이야기 2개" in plain(reply)
    assert buttons(reply)["조건 없이 찾기"] == "/search 공유자전거"


async def test_over_long_words_are_refused_and_the_longest_can_be_paged(store: Store) -> None:
    assert "너무 깁니다" in plain(await told(store, "/search " + "드" * 201))
    assert "너무 깁니다" in plain(await told(store, "/search " + "드" * 5000))
    reply = await told(store, "/search 드론" + " 드론" * 65)
    assert "목록이 바뀌었습니다" not in plain(await told(store, buttons(reply)["다음 쪽"], pressed=True))
