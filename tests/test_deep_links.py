"""Deep links: codes for what an answer shows, and back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from handlers.deep_links import LONGEST, code_of, command_of
from store.bundle import Store
from tests.asks import CHAT, a_store, plain, told
from tests.build import a_week
from tests.subscribers import kept


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = a_store(tmp_path, a_week())
    yield store
    store.library.close()
    store.ledger.close()


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("/company id:meituan", "c_meituan"),
        ("/story 2017-W47-1", "s_2017-W47-1"),
        ("/digest 2017-W47", "e_2017-W47"),
    ],
)
def test_a_code_and_its_command_are_two_names_of_one_thing(store: Store, command: str, code: str) -> None:
    assert code_of(command) == code
    assert command_of(code, store) == command


@pytest.mark.parametrize(
    "command", ["/company id:", "/company 메이투안", "/help", "/story " + "9" * 70, "/story a b"]
)
def test_what_no_link_can_open_has_no_code(command: str) -> None:
    assert code_of(command) == ""


def test_every_company_has_a_code_that_fits(store: Store) -> None:
    for company in store.catalogue.companies:
        code = code_of(f"/company id:{company}")
        assert 2 < len(code) <= LONGEST
        assert command_of(code, store) == f"/company id:{company}"


@pytest.mark.parametrize(
    "code", ["c_nobody", "s_2017-W47-99", "e_1999-W01", "c_", "x", "c_<b>", "s_" + "1" * 80]
)
async def test_a_link_that_leads_nowhere_begins_with_a_kind_word(store: Store, code: str) -> None:
    assert command_of(code, store) == ""
    reply = await told(store, f"/start {code}")

    assert plain(reply).startswith("이 링크가 가리키던 것을 찾지 못했습니다.")
    assert "간보" in plain(reply)


@pytest.mark.parametrize(
    ("code", "shown"),
    [("c_meituan", "메이투안 (美团"), ("s_2017-W47-2", "동네 배달 앱이"), ("e_2017-W47", "Jianbao 2017-W47")],
)
async def test_a_link_opens_what_it_names_and_the_answer_has_the_same_link(
    store: Store, code: str, shown: str
) -> None:
    reply = await told(store, f"/start {code}")

    assert shown in plain(reply)
    assert reply.link == code


async def test_a_link_subscribes_in_private_and_only_offers_it_in_a_group(store: Store) -> None:
    group = await told(store, "/start sub", private=False)
    assert store.ledger.subscriber(CHAT) is None
    assert "찾지 못했습니다" not in plain(group)
    await told(store, "/start sub")

    assert kept(store).state.value == "active"
