"""What every answer is given on its way: a question to reply to, an honest word on a stale button."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from store.bundle import Store
from tests.asks import a_store, buttons, plain, told
from tests.build import a_week
from tests.subscribers import put


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = a_store(tmp_path, a_week())
    yield store
    store.library.close()
    store.ledger.close()


@pytest.mark.parametrize("name", ["company", "figures", "search", "story", "trend", "ask", "with"])
async def test_a_missing_argument_is_asked_for(store: Store, name: str) -> None:
    assert (await told(store, f"/{name}")).asks == f"/{name}"
    assert (await told(store, f"/help {name}")).asks == ""


@pytest.mark.parametrize(
    ("command", "refresh"),
    [("/story 2017-W47-9", "/latest"), ("/digest 2001-W01", "/editions"), ("/company id:gone", "/companies")],
)
async def test_a_pressed_button_whose_thing_is_gone_says_so_and_offers_a_fresh_list(
    store: Store, command: str, refresh: str
) -> None:
    pressed = await told(store, command, pressed=True)
    typed = await told(store, command)

    assert plain(pressed).startswith("그 사이 바뀌어")
    assert buttons(pressed)["새로 보기"] == refresh
    assert "그 사이 바뀌어" not in plain(typed)


async def test_an_old_page_says_that_the_list_has_changed(store: Store) -> None:
    assert "목록이 바뀌었습니다" in plain(await told(store, "/company id:meituan page 9", pressed=True))


async def test_the_richer_layout_is_the_chats_choice_and_needs_a_platform_that_has_it(store: Store) -> None:
    refused = await told(store, "/settings layout rich")
    assert refused.tags["refused"] == "settings.not_here"
    assert "layout" not in " ".join(buttons(await told(store, "/settings")).values())

    await told(store, "/settings 모양 풍부하게", rich=True)
    assert (await told(store, "/latest", rich=True)).rich
    assert (await told(store, "/help", rich=True)).rich
    assert not (await told(store, "/help")).rich
    put(store, layout="classic")
    assert not (await told(store, "/help", rich=True)).rich


async def test_in_quiet_hours_and_in_the_richer_layout_an_answer_comes_again_as_the_same_object(
    store: Store,
) -> None:
    put(store, layout="rich", quiet="00:00-23:59", follows=("meituan",))
    one = await told(store, "/company meituan", rich=True)
    assert one.silent
    assert one.rich
    assert await told(store, "/company meituan", rich=True) is one
    put(store, quiet="", layout="classic", follows=("meituan",))
    other = await told(store, "/company meituan", rich=True)
    assert (other.silent, other.rich) == (False, False)
    assert other.blocks is one.blocks


async def test_a_setting_made_by_a_command_holds_for_its_own_answer(store: Store) -> None:
    put(store, layout="classic")
    assert (await told(store, "/settings layout rich", rich=True)).rich
    assert not (await told(store, "/settings layout classic", rich=True)).rich
