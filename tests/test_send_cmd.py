"""/send: an edition outside the weekly schedule."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from store.bundle import Store
from tests.admins import published, run, waiting
from tests.asks import CHAT, a_store, buttons, plain
from tests.build import NOON, a_week
from tests.presses import press, the_button


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = a_store(tmp_path)
    yield store
    store.library.close()
    store.ledger.close()


@pytest.fixture(name="published")
def a_published(store: Store) -> Store:
    return published(store)


async def test_sending_shows_first_who_would_get_it(published: Store) -> None:
    reply = await run(published, "/send latest all")
    text = plain(reply)

    assert "대화방 2곳으로 보낼까요?" in text
    assert "(2026-W47)" in text
    assert "telegram:100:1, telegram:100:2" in text
    assert "이미 받은 대화방 1곳은 뺐습니다." in text
    assert the_button(reply, "/send 2026-W47 all").signed
    assert waiting(published) == []


async def test_the_button_sends_to_those(published: Store) -> None:
    question = await run(published, "/send latest all")
    reply = await press(published, question, "/send 2026-W47 all", admin=True)

    assert plain(reply).startswith("대화방 2곳으로 보냅니다: ‘Week 47’")
    assert [(row.chat.id, row.edition, row.due) for row in waiting(published)] == [
        ("1", "2026-W47", NOON),
        ("2", "2026-W47", NOON),
    ]
    assert published.ledger.audit()[0].what == "send"
    assert published.ledger.audit()[0].detail == "all 2026-W47 to 2 chats"


async def test_a_double_tap_sends_once(published: Store) -> None:
    question = await run(published, "/send latest here")
    command = f"/send 2026-W47 {CHAT}"
    await press(published, question, command, admin=True)
    reply = await press(published, question, command, admin=True)

    assert plain(reply).startswith("이미 누른 버튼입니다.")
    assert len(waiting(published)) == 1
    assert len([line for line in published.ledger.audit() if line.what == "send"]) == 1


async def test_a_second_tap_on_all_finds_nobody_left(published: Store) -> None:
    question = await run(published, "/send latest all")
    await press(published, question, "/send 2026-W47 all", admin=True)
    reply = await press(published, question, "/send 2026-W47 all", admin=True)

    assert "보낼 대화방이 없습니다" in plain(reply)
    assert len(waiting(published)) == 2


async def test_typing_the_buttons_command_only_asks(published: Store) -> None:
    await run(published, "/send 2026-W47 all")

    assert waiting(published) == []


async def test_a_dry_run_offers_no_button(published: Store) -> None:
    reply = await run(published, "/send 47 all --dry-run")

    assert "시험이라" in plain(reply)
    assert buttons(reply) == {}


async def test_here_is_named_in_full_behind_the_button(published: Store) -> None:
    reply = await run(published, "/send 47호 here")

    assert f"/send 2026-W47 {CHAT}" in buttons(reply).values()


async def test_one_chat_that_has_it_is_told_and_may_have_it_again(published: Store) -> None:
    question = await run(published, "/send 47 telegram:100:3")
    assert "이미 받은 대화방 1곳" in plain(question)
    await press(published, question, "/send 2026-W47 telegram:100:3", admin=True)

    assert [row.chat.id for row in waiting(published)] == ["3"]


async def test_an_unpublished_edition_is_flagged(published: Store) -> None:
    assert "아직 발행하지 않은 호입니다." in plain(await run(published, "/send 2026-W48 here"))


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("/send", "send.usage"),
        ("/send latest", "send.usage"),
        ("/send --dry-run", "send.usage"),
        ("/send 2031-W01 all", "send.unknown_edition"),
        ("/send latest telegram:100:999", "send.unknown_chat"),
        ("/send latest everybody", "send.unknown_chat"),
    ],
)
async def test_what_cannot_be_sent_is_refused(published: Store, text: str, key: str) -> None:
    assert (await run(published, text)).tags["refused"] == key


async def test_an_empty_store_has_nothing_to_send(store: Store) -> None:
    assert (await run(store, "/send latest here")).tags["refused"] == "send.no_edition"


async def test_without_subscribers_there_is_nobody(store: Store) -> None:
    store.library.put_edition(*a_week("2026-W47"))

    assert "보낼 대화방이 없습니다" in plain(await run(store, "/send latest all"))
