"""/latest, /digest, /editions."""

from __future__ import annotations

from pathlib import Path

import pytest

from store.bundle import Store
from store.model import Subscriber
from tests.asks import CHAT, a_store, buttons, plain, titles, told
from tests.build import a_week


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return a_store(
        tmp_path,
        *(a_week(f"2017-W{week}", number=week - 39, title=f"{week - 39}호 소식") for week in range(40, 53)),
    )


async def test_latest_is_the_newest_edition(store: Store) -> None:
    reply = await told(store, "/latest")
    assert titles(reply)[0] == "13호 소식"
    assert reply.tags["edition"] == "2017-W52"
    assert "refused" not in reply.tags


async def test_latest_takes_no_arguments_and_names_the_one_given(store: Store) -> None:
    assert "‘8’은" in plain(await told(store, "/latest 8"))


@pytest.mark.parametrize("typed", ["8", "8호", "2017-W47", "2017-11-22", "2017년 11월 넷째 주"])
async def test_an_edition_is_found_in_many_ways_with_its_neighbours(store: Store, typed: str) -> None:
    reply = await told(store, f"/digest {typed}")
    assert reply.tags["edition"] == "2017-W47"
    assert buttons(reply)["이전 호"] == "/digest 2017-W46"
    assert buttons(reply)["다음 호"] == "/digest 2017-W48"


async def test_the_first_and_the_last_edition_have_one_neighbour(store: Store) -> None:
    assert "이전 호" not in buttons(await told(store, "/digest 1"))
    assert "다음 호" not in buttons(await told(store, "/digest 13"))
    assert (await told(store, "/digest")).tags["edition"] == "2017-W52"


async def test_what_does_not_exist_is_answered_with_what_does(store: Store) -> None:
    reply = await told(store, "/digest 99")
    assert "‘99’" in plain(reply)
    assert "13호 · 2017년 12월 25일–31일 · 이야기 3개" in plain(reply)
    assert buttons(reply)["13호"] == "/digest 2017-W52"
    assert buttons(reply)["지난 호 목록"] == "/editions"


async def test_the_digest_on_demand_heeds_the_chats_own_wishes(store: Store) -> None:
    store.ledger.put_subscriber(Subscriber(CHAT, mutes=("meituan",)))
    reply = await told(store, "/latest")
    assert reply.tags["empty"] == "muted"
    assert buttons(reply)["설정"] == "/settings"


async def test_editions_are_listed_newest_first_in_pages(store: Store) -> None:
    first = await told(store, "/editions")
    assert "1/2쪽" in plain(first)
    assert next(iter(buttons(first).items())) == ("13호", "/digest 2017-W52")
    second = await told(store, buttons(first)["다음 쪽"], pressed=True)
    assert second.replace
    assert [label for label in buttons(second) if label.endswith("호")] == ["3호", "2호", "1호"]
    assert (await told(store, "/editions 2")).blocks == second.blocks
    assert "목록이 바뀌었습니다" in plain(await told(store, "/editions 9"))


async def test_a_page_that_is_no_number_is_named_with_an_example(store: Store) -> None:
    text = plain(await told(store, "/editions abc"))
    assert "‘abc’" in text
    assert "/editions 2" in text
