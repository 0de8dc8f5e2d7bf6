"""/mentions: the companies of a text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from handlers.mentions_cmd import MOST
from store.bundle import Store
from tests.asks import a_store, buttons, plain, told
from tests.build import a_week


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = a_store(tmp_path, a_week("2017-W47", 3))
    yield made
    made.library.close()
    made.ledger.close()


async def test_each_company_comes_once_in_the_order_of_the_text_with_its_stories(store: Store) -> None:
    reply = await told(store, "/mentions 알리바바가 메이투안(美团)을 봤다. 메이투안은 알리바바를 봤다.")
    assert list(buttons(reply).values()) == ["/company id:alibaba", "/company id:meituan"]
    assert "2곳" in plain(reply)
    assert reply.whisper


async def test_a_text_without_companies_says_what_to_do_instead(store: Store) -> None:
    reply = await told(store, "/mentions 점심 뭐 먹지?")
    assert "/companies" in plain(reply)
    assert buttons(reply) == {}


async def test_without_a_text_it_says_how(store: Store) -> None:
    assert "/mentions" in plain(await told(store, "/mentions"))


async def test_a_list_of_every_company_is_cut(store: Store) -> None:
    names = [c.zh_hans[0] for c in store.catalogue.companies.values() if c.zh_hans and not c.risky]
    reply = await told(store, f"/mentions {'、'.join(names)[:3900]}")
    assert len(buttons(reply)) == MOST
