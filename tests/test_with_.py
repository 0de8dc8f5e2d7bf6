"""/with: who appears together."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from handlers.with_ import two_names
from store.bundle import Store
from tests.asks import a_store, buttons, plain, titles, told
from tests.build import a_story, an_edition


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    pairs = [
        ["tencent", "baidu"],
        ["tencent", "baidu", "meituan"],
        ["tencent"],
        ["xiaomi"],
        ["baidu", "meituan"],
    ]
    stories = tuple(
        a_story(f"2017-W47-{order}", title=f"소식 {order}", companies=companies)
        for order, companies in enumerate(pairs, 1)
    )
    return a_store(tmp_path_factory.mktemp("together"), (an_edition("2017-W47", stories), stories))


async def test_companies_beside_one_are_counted_with_the_newest_story_of_each(store: Store) -> None:
    reply = await told(store, "/with 텐센트")
    assert titles(reply)[0] == "텐센트와 함께 나온 회사 2곳"
    words = plain(reply)
    assert words.index("바이두 (百度, Baidu) · 이야기 2개") < words.index(
        "메이투안 (美团, Meituan) · 이야기 1개"
    )
    assert "소식 1 <https://news.example/2017-W47-1>" in words  # the first of an edition is its newest
    assert buttons(reply)["바이두 2개"] == "/with id:tencent, id:baidu"
    assert buttons(reply)["텐센트"] == "/company id:tencent"


@pytest.mark.parametrize(
    "typed",
    [
        "텐센트 바이두",
        "텐센트와 바이두",
        "Tencent and Baidu",
        "腾讯和百度",
        "腾讯, 百度",
        "id:tencent, id:baidu",
        "Tencent vs Baidu",
    ],
)
async def test_two_names_get_the_stories_that_hold_both(store: Store, typed: str) -> None:
    reply = await told(store, f"/with {typed}")
    assert reply.tags == {"companies": "tencent baidu", "total": "2"}
    assert [command for command in buttons(reply).values() if command.startswith("/story")] == [
        "/story 2017-W47-1",
        "/story 2017-W47-2",
    ]


async def test_a_name_of_two_words_is_one(store: Store) -> None:
    assert two_names("Alibaba Group", store) == ("Alibaba Group",)
    assert two_names("Alibaba Group Tencent", store) == ("Alibaba Group", "Tencent")


async def test_nobody_beside_and_never_together_are_said(store: Store) -> None:
    assert "샤오미는 이야기 1개에 나오지만" in plain(await told(store, "/with 샤오미"))
    assert "함께 나온 이야기가 없습니다" in plain(await told(store, "/with 샤오미 텐센트"))
    assert "아직 화웨이의 이야기가 없습니다" in plain(await told(store, "/with 화웨이"))
    assert "mentions both Xiaomi and Tencent" in plain(
        await told(store, "/with xiaomi tencent", language="en")
    )
    assert titles(await told(store, "/with 腾讯", language="zh"))[0] == "与腾讯一同出现的 2 家公司"


async def test_unknown_and_ambiguous_names_are_never_guessed(store: Store) -> None:
    assert "/with 텐센트 바이두" in plain(await told(store, "/with 없는회사이름"))
    assert "/with id:tencent" in buttons(await told(store, "/with tencnet")).values()
    assert len(buttons(await told(store, "/with 오포"))) >= 2
    assert "/with 회사" in plain(await told(store, "/with"))


async def test_pages_hold_every_company_once(tmp_path: Path) -> None:
    others = [
        "baidu",
        "meituan",
        "xiaomi",
        "jd",
        "pinduoduo",
        "didi",
        "huawei",
        "netease",
        "sina",
        "oppo",
        "vivo",
        "byd",
    ]
    story = a_story(companies=["tencent", *others])
    store = a_store(tmp_path, (an_edition("2017-W47", (story,)), (story,)))
    first = await told(store, "/with tencent")
    second = await told(store, buttons(first)["다음 쪽"], pressed=True)
    pairs = [
        command
        for reply in (first, second)
        for command in buttons(reply).values()
        if command.startswith("/with id:tencent, ")
    ]
    assert len(pairs) == len(set(pairs)) == 12
    assert second.replace


@given(st.text(max_size=150))
@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
async def test_no_text_makes_it_fail(store: Store, text: str) -> None:
    assert "failed" not in (await told(store, f"/with {text}")).tags
