"""An ambiguous name: asked once, remembered for ten minutes, in this chat alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from store.bundle import Store
from tests.asks import CHAT, a_store, buttons, plain, told
from tests.build import NOON, a_week


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = a_store(tmp_path, a_week())
    yield store
    store.library.close()
    store.ledger.close()


async def pick(store: Store) -> str:
    """오포 is OPPO and ofo: choose the first; its command."""
    asked = await told(store, "/company 오포")
    assert asked.tags["status"] == "ambiguous"
    command = next(each for each in buttons(asked).values() if each.startswith("/company id:"))
    await told(store, command, pressed=True)
    return command


async def test_the_name_means_the_pick_for_ten_minutes(store: Store) -> None:
    picked = (await pick(store)).removeprefix("/company id:")

    again = await told(store, "/company 오포", now=NOON + timedelta(minutes=9))
    assert again.tags["company"] == picked
    assert "조금 전에 고르신 대로" in plain(again)
    others = [each for each in buttons(again).values() if each.startswith("/company id:")]
    assert others
    later = await told(store, "/company 오포", now=NOON + timedelta(minutes=21))
    assert later.tags["status"] == "ambiguous"


async def test_the_pick_counts_for_figures_and_not_for_other_names_or_chats(store: Store) -> None:
    await pick(store)

    assert (await told(store, "/figures 오포")).tags.get("status") != "ambiguous"
    elsewhere = await told(store, "/company 오포", chat=replace(CHAT, id="8"))
    assert elsewhere.tags["status"] == "ambiguous"


async def test_a_company_that_was_not_asked_about_is_no_pick(store: Store) -> None:
    await told(store, "/company 오포")
    await told(store, "/company id:meituan", pressed=True)

    assert (await told(store, "/company 오포")).tags["status"] == "ambiguous"


@pytest.mark.parametrize(("count", "shown"), [("-3", "-3"), ("0", "0"), ("99", "99"), ("n=-3", "-3")])
async def test_a_number_out_of_range_is_told_with_what_it_became(
    store: Store, count: str, shown: str
) -> None:
    reply = await told(store, f"/company 메이투안 {count}")

    assert reply.tags["company"] == "meituan"
    assert f"{shown}개 대신" in plain(reply)


async def test_a_number_that_is_none_is_refused_by_name(store: Store) -> None:
    reply = await told(store, "/company 메이투안 n=다섯")

    assert reply.tags["refused"] == "company.bad_count"
    assert "다섯" in plain(reply)
