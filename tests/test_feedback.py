"""👍 and 👎: one vote a person, changeable, and nobody named in what is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from store.bundle import Store
from store.model import Chat
from store.newsroom import Votes
from store.sqlite import NAME
from tests.asks import a_store, an_ask, buttons, plain, told
from tests.build import a_week
from tests.presses import press

UP, DOWN, BACK = "/vote 2017-W47-2 up", "/vote 2017-W47-2 down", "/vote 2017-W47-2 none"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return a_store(tmp_path, a_week())


def counted(store: Store) -> Votes:
    return store.ledger.votes(["2017-W47-2"]).get("2017-W47-2", Votes())


async def test_a_person_has_one_vote_and_may_change_it(store: Store) -> None:
    shown = await told(store, "/story 2017-W47-2")
    done = await press(store, shown, UP)
    assert "좋았어요 1, 별로예요 0" in plain(done)
    await press(store, shown, UP)
    assert counted(store) == Votes(1, 0)
    await press(store, shown, DOWN)
    assert counted(store) == Votes(0, 1)
    await press(store, done, BACK)
    assert counted(store) == Votes()


async def test_others_votes_add_up_and_show_on_the_card(store: Store) -> None:
    shown = await told(store, "/story 2017-W47-2")
    for user in ("7", "8", "9"):
        await press(store, shown, UP, user=user)
    assert counted(store) == Votes(3, 0)
    assert "👍 좋았어요 3" in buttons(await told(store, "/story 2017-W47-2"))


async def test_what_is_typed_or_pressed_by_nobody_does_not_count(store: Store) -> None:
    asked = await told(store, UP)
    assert "버튼을 눌러" in plain(asked)
    shown = await told(store, "/story 2017-W47-2")
    assert "개인 대화" in plain(await press(store, shown, UP, user=""))
    assert "이야기가 없습니다" in plain(await told(store, "/vote 2099-W01-1 up"))
    assert counted(store) == Votes()


async def test_the_same_number_on_another_platform_is_another_person(store: Store) -> None:
    shown = await told(store, "/story 2017-W47-2")
    await press(store, shown, UP)
    await press(store, shown, UP, chat=Chat("slack", "T1", "C1"))
    assert counted(store) == Votes(2, 0)


async def test_nothing_that_is_kept_names_the_voter(store: Store, tmp_path: Path) -> None:
    user = "7731415926535"
    shown = await told(store, "/story 2017-W47-2", user=user)
    await press(store, shown, UP, user=user)
    await press(store, await told(store, "/story 2017-W47-3", user=user), "/vote 2017-W47-3 up", user=user)
    kept = b"".join((tmp_path / name).read_bytes() for name in (NAME, f"{NAME}-wal"))
    assert user.encode() not in kept
    voters = store.ledger._rows("SELECT DISTINCT voter FROM votes")  # type: ignore[attr-defined]
    assert len(voters) == 2  # two stories' votes cannot be put together
    assert an_ask("", user=user).user == user
