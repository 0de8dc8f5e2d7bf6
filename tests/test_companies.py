"""/companies: which are known."""

from __future__ import annotations

from pathlib import Path

import pytest

from handlers.companies import listed
from store.bundle import Store
from tests.asks import a_store, buttons, plain, told
from tests.build import a_story, an_edition


@pytest.fixture
def store(tmp_path: Path) -> Store:
    stories = (
        a_story("2017-W47-1", companies=("tencent", "meituan")),
        a_story("2017-W47-2", companies=("tencent",)),
    )
    return a_store(tmp_path, (an_edition("2017-W47", stories), stories))


async def test_the_most_mentioned_come_first_with_their_counts(store: Store) -> None:
    reply = await told(store, "/companies")
    rows = plain(reply).splitlines()
    assert rows[2] == "텐센트 (腾讯, Tencent) · 이야기 2개"
    assert rows[3] == "메이투안 (美团, Meituan) · 이야기 1개"
    assert buttons(reply)["텐센트"] == "/company id:tencent"


async def test_pages_walk_through_all(store: Store) -> None:
    reply = await told(store, "/companies")
    seen = set(buttons(reply).values())
    while following := buttons(reply).get("다음 쪽"):
        assert len(buttons(reply)) in {11, 12}  # ten companies of ten names, and the pager
        reply = await told(store, following, pressed=True)
        seen |= set(buttons(reply).values())
    assert {f"/company id:{company}" for company in store.catalogue.companies} <= seen
    assert (await told(store, "/companies 2")).blocks == (await told(store, "/companies page 2")).blocks


@pytest.mark.parametrize("prefix", ["메이", "美", "MEIT", "meit"])
async def test_a_prefix_in_any_script_narrows_the_list(store: Store, prefix: str) -> None:
    reply = await told(store, f"/companies {prefix}")
    assert next(iter(buttons(reply))) == "메이투안"
    assert "텐센트" not in plain(reply)


async def test_a_prefix_of_none_says_so(store: Store) -> None:
    assert "‘쀍’으로 시작하는 회사가 없습니다" in plain(await told(store, "/companies 쀍"))


def test_equal_counts_are_in_the_order_of_names(store: Store) -> None:
    names = [each.name("ko") for each in listed(store.catalogue, {}, "", "ko")]
    assert names == sorted(names)
