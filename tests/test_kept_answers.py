"""Answers that are kept are those that would be made again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from handlers.answer import answer, payload
from handlers.commands import COMMANDS
from handlers.message import Button, Reply
from store.bundle import Store
from store.catalogue import Catalogue
from store.model import Chat, Subscriber
from tests.asks import CHAT, a_store, an_ask, anyone, plain, told
from tests.build import NOON, a_story, a_week

KEEPING = [command for command in COMMANDS if command.keeps]
GIVEN = {
    "company": "meituan",
    "figures": "meituan",
    "search": "결제",
    "ask": "메이투안은 무엇을 시작했나?",
    "with": "meituan",
    "story": "2017-W47-1",
    "trend": "meituan",
    "help": "company",
}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    edition, stories = a_week()
    made = a_store(tmp_path, (edition, stories))
    made.library.publish_edition(edition.id, NOON - timedelta(days=2))
    yield made
    made.ledger.close()
    made.library.close()


class OnlyChats:
    """A ledger that a kept answer may use: it knows who asked for what, and nothing else."""

    def __init__(self, store: Store) -> None:
        self._ledger = store.ledger

    def __getattr__(self, name: str) -> Any:
        # newsroom_state() is part of what an answer is kept under, and stands for votes and a model's words
        newsroom = {"newsroom_state", "votes", "said"}
        assert name in {"subscriber", "note_miss", *newsroom}, f"a kept answer depends on ledger.{name}"
        return getattr(self._ledger, name)


@pytest.mark.parametrize("command", KEEPING, ids=lambda command: command.name)
async def test_a_kept_answer_depends_on_nothing_but_stories_names_and_settings(
    command: Any, store: Store
) -> None:
    strict = replace(store, ledger=OnlyChats(store))
    text = f"/{command.name} {GIVEN.get(command.name, '')}".strip()
    one = await command.handler(an_ask(text), strict)
    other = await command.handler(
        an_ask(text, chat=Chat("slack", "T1", "C9"), user="U8", now=NOON + timedelta(hours=11)), strict
    )
    assert [reply.tags.pop("at", "") for reply in (one, other)]  # when it was composed: that may be said
    assert one == other


async def test_the_same_question_gets_the_same_object_in_every_chat(store: Store) -> None:
    one = await told(store, "/company meituan")
    assert await told(store, "/company meituan", chat=Chat("telegram", "100", "8"), user="8") is one
    assert await told(store, "/company meituan", language="en") is not one


@pytest.mark.parametrize(
    "words", ["/company meituan", "메이투안", "/메이투안", "/회사  메이투안 2", "/", "/company"]
)
async def test_what_was_typed_is_read_once_and_counted_every_time(store: Store, words: str) -> None:
    one = await told(store, words)
    assert await told(store, words) is one
    counted = store.ledger.asked("company", since="2017-W01")
    assert [(each.name, each.count) for each in counted] == (
        [("meituan", 2)] if "company" in one.tags else []
    )


async def test_a_long_buttons_command_is_kept_and_a_sealed_one_is_not(store: Store) -> None:
    long = payload(Button("다음", "/search 결제 " + "결제 " * 30), CHAT, store, NOON)
    assert long.startswith("#")
    assert await told(store, long, pressed=True) is await told(store, long, pressed=True)
    sealed = payload(Button("회사", "/company meituan", signed=True), CHAT, store, NOON)
    assert "company" in (await told(store, sealed, pressed=True)).tags
    tomorrow = NOON + timedelta(days=1, minutes=1)
    assert (await told(store, sealed, pressed=True, now=tomorrow)).tags == {"refused": "answer.stale"}
    other = await told(store, sealed, pressed=True, chat=Chat("telegram", "100", "8"))
    assert other.tags == {"refused": "answer.stale"}


async def test_an_answer_that_is_kept_is_still_a_pick(store: Store) -> None:
    chosen = "/company id:meituan"
    one = await told(store, chosen)
    asked = {"name": "x", "ids": ["meituan", "tencent"], "pick": "", "at": NOON.isoformat()}
    store.ledger.keep_draft(f"which:{CHAT}", json.dumps(asked), at=NOON)
    assert await told(store, chosen) is one
    assert '"pick": "meituan"' in (store.ledger.draft(f"which:{CHAT}") or "")


async def test_a_story_that_changes_is_in_the_next_answer(store: Store) -> None:
    before = plain(await told(store, "/company meituan"))
    store.library.put_story(a_story("2017-W47-2", title="오늘 바뀐 제목"))
    after = plain(await told(store, "/company meituan"))
    assert "오늘 바뀐 제목" in after
    assert "오늘 바뀐 제목" not in before


async def test_names_that_change_are_in_the_next_answer(store: Store) -> None:
    await told(store, "/company meituan")
    companies = dict(store.catalogue.companies)
    companies["meituan"] = replace(companies["meituan"], ko=("새이름",))
    store.use(Catalogue(companies.values()))
    assert "새이름" in plain(await told(store, "/company meituan"))


async def test_what_a_chat_follows_is_its_own(store: Store) -> None:
    await told(store, "/company meituan")
    store.ledger.put_subscriber(Subscriber(CHAT, follows=("meituan",)))
    followed = await told(store, "/company meituan")
    assert any("/unfollow" in button.command for block in followed.blocks for button in _buttons(block))
    store.ledger.put_subscriber(Subscriber(CHAT))
    again = await told(store, "/company meituan")
    assert not any("/unfollow" in button.command for block in again.blocks for button in _buttons(block))


async def test_a_name_that_is_not_found_is_written_down_every_time(store: Store) -> None:
    for _ in range(3):
        await told(store, "/company 없는회사이름")
    assert [(miss.query, miss.count) for miss in store.ledger.misses()] == [("없는회사이름", 3)]


async def test_commands_that_change_something_are_never_kept(store: Store) -> None:
    for _ in range(2):
        reply = await answer(an_ask("/follow meituan"), store, manages=anyone)
        assert isinstance(reply, Reply)
    subscriber = store.ledger.subscriber(CHAT)
    assert subscriber is not None
    assert subscriber.follows == ("meituan",)
    assert all((command.needs, command.group) == ("anyone", "ask") for command in KEEPING)


def _buttons(block: Any) -> Any:
    return getattr(block, "buttons", ())
