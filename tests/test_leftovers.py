"""Updates that killed their reader: tried five times, then set aside and told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from handlers.leftovers import aside_lines, leftovers
from store.bundle import Store
from tests.admins import run
from tests.asks import a_store, plain
from tests.build import NOON
from tests.presses import press


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = a_store(tmp_path)
    yield store
    store.library.close()
    store.ledger.close()


def died_with(store: Store, key: str) -> None:
    """One more start that ended while it handled this."""
    left = leftovers(store, "telegram:", now=NOON)
    assert key in [each for each, _ in (*left.together, *left.alone)]
    store.ledger.begin_again(key)


def test_what_was_tried_twice_is_tried_alone_and_after_five_times_set_aside(store: Store) -> None:
    for key in ("telegram:1", "telegram:2"):
        store.ledger.receive(key, "{}", at=NOON)
    assert [key for key, _ in leftovers(store, "telegram:", now=NOON).together] == [
        "telegram:1",
        "telegram:2",
    ]
    died_with(store, "telegram:1")
    left = leftovers(store, "telegram:", now=NOON)
    assert ([key for key, _ in left.together], [key for key, _ in left.alone]) == (
        ["telegram:2"],
        ["telegram:1"],
    )
    for _ in range(2):
        died_with(store, "telegram:1")
        assert [key for key, _ in leftovers(store, "telegram:", now=NOON).alone] == ["telegram:1"]
    died_with(store, "telegram:1")
    left = leftovers(store, "telegram:", now=NOON)
    assert (len(left.together), left.alone) == (1, ())
    assert store.ledger.aside() == (("telegram:1", NOON),)
    assert [key for key, _ in store.ledger.unhandled()] == ["telegram:2"]


def test_another_doors_updates_are_left_to_it(store: Store) -> None:
    store.ledger.receive("slack:e:1", "{}", at=NOON)
    assert leftovers(store, "telegram:", now=NOON).together == ()


async def test_it_is_told_and_can_be_taken_up_again(store: Store) -> None:
    store.ledger.receive("telegram:7:99", "{}", at=NOON)
    store.ledger.set_aside("telegram:7:99", at=NOON)
    assert "telegram:7:99" in plain(await run(store, "/errors"))
    assert "telegram:7:99" in plain(await run(store, "/status"))
    assert "1" in aside_lines(store, "en")[0]
    question = await run(store, "/retry aside")
    assert store.ledger.aside()
    await press(store, question, "/retry aside yes", admin=True)
    assert store.ledger.aside() == ()
    assert store.ledger.left() == (("telegram:7:99", "{}", 1),)
    assert (await run(store, "/retry aside")).tags["refused"] == "retry.nothing_aside"


def test_what_is_set_aside_outlives_the_inbox_and_not_a_week(store: Store) -> None:
    store.ledger.receive("telegram:1", "{}", at=NOON)
    store.ledger.set_aside("telegram:1", at=NOON)
    store.ledger.prune(now=NOON + timedelta(days=6))
    assert store.ledger.aside()
    store.ledger.prune(now=NOON + timedelta(days=8))
    assert store.ledger.aside() == ()
