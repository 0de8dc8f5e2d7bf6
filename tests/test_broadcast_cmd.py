"""/broadcast: words to every chat that subscribes, by way of the ledger."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from handlers.deliver import drain
from handlers.limits import Pacer
from handlers.message import Reply
from store.bundle import Store
from store.model import Delivery, DeliveryState, SubscriberState
from tests.admins import a_chat, run
from tests.asks import a_store, buttons, plain
from tests.build import NOON
from tests.fake_door import FakeDoor
from tests.presses import press

WORDS = "이번 주는 <하루> 쉽니다.\n다음 주에 봐요 & 건강하세요"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = a_store(tmp_path)
    a_chat(store, 1)
    a_chat(store, 2, language="en")
    a_chat(store, 3, state=SubscriberState.PAUSED, next_at=None)
    yield store
    store.library.close()
    store.ledger.close()


class Written(FakeDoor):
    """A door whose parts are the words."""

    def parts(self, reply: Reply) -> Sequence[str]:
        return [plain(reply)]


def command(reply: Reply, verb: str) -> str:
    return next(one for one in buttons(reply).values() if one.endswith(f" {verb}"))


async def confirmed(store: Store, text: str = WORDS) -> Reply:
    question = await run(store, f"/broadcast {text}")
    return await press(store, question, command(question, "send"), admin=True)


def rows(store: Store) -> list[Delivery]:
    return sorted(store.ledger.deliveries(limit=100), key=lambda row: row.chat.id)


async def delivered(store: Store, door: FakeDoor) -> None:
    pacer = Pacer({"telegram": door.rates})
    await drain(store, {"telegram": door}, pacer, clock=lambda: NOON + timedelta(seconds=1))


async def test_it_shows_the_words_and_who_gets_them_and_sends_nothing(store: Store) -> None:
    reply = await run(store, f"/broadcast {WORDS}")
    text = plain(reply)

    assert "대화방 2곳에 이 글을 보낼까요?" in text
    assert WORDS in text
    assert "쉬는 대화방은 뺍니다" in text
    assert "하루 동안" in text
    assert rows(store) == []


@pytest.mark.parametrize("text", ["--dry-run 오늘 쉽니다", "오늘 쉽니다 --dry-run", "오늘 쉽니다 —dry-run"])
async def test_a_dry_run_shows_the_same_without_a_button(store: Store, text: str) -> None:
    reply = await run(store, f"/broadcast {text}")

    assert "오늘 쉽니다\n" in plain(reply) + "\n"
    assert "dry" not in plain(reply)
    assert buttons(reply) == {}


async def test_confirmed_twice_is_once_even_in_another_week(store: Store) -> None:
    question = await run(store, f"/broadcast {WORDS}")
    first = await press(store, question, command(question, "send"), admin=True)
    assert "대화방 2곳에 보내기 시작합니다." in plain(first)
    again = await press(store, question, command(question, "send"), admin=True)

    assert "두 번 보내지는 않습니다" in plain(again)
    found = rows(store)
    assert [(row.chat.id, row.state, row.due) for row in found] == [
        ("1", DeliveryState.PLANNED, NOON),
        ("2", DeliveryState.PLANNED, NOON),
    ]
    assert all(row.week[8:] == f"+{row.edition}" for row in found)
    lines = [line for line in store.ledger.audit() if line.what == "broadcast"]
    assert [line.detail for line in lines] == [f"{found[0].edition} to 2 chats"]


async def test_its_name_typed_or_an_unsigned_press_only_shows(store: Store) -> None:
    question = await run(store, f"/broadcast {WORDS}")
    typed = await run(store, command(question, "send"))

    assert "보낼까요?" in plain(typed)
    assert rows(store) == []


async def test_every_chat_gets_the_words_in_a_frame_of_its_language(store: Store) -> None:
    await confirmed(store)
    door = Written()
    await delivered(store, door)

    said = {sent.chat.id: sent.part for sent in door.sent}
    assert set(said) == {"1", "2"}
    assert "운영자가 알립니다" in said["1"]
    assert "From those who run this bot" in said["2"]
    assert [row.state for row in rows(store)] == [DeliveryState.SENT] * 2


async def test_a_chat_that_pauses_before_it_goes_is_skipped(store: Store) -> None:
    await confirmed(store)
    one = store.ledger.subscriber(rows(store)[0].chat)
    assert one is not None
    store.ledger.put_subscriber(replace(one, state=SubscriberState.PAUSED, next_at=None))
    door = FakeDoor()
    await delivered(store, door)

    assert [sent.chat.id for sent in door.sent] == ["2"]
    first, _ = rows(store)
    assert (first.state, first.reason) == (DeliveryState.SKIPPED, "reason.paused")


async def test_while_pushes_are_held_nothing_goes_and_the_rest_can_be_stopped(store: Store) -> None:
    reply = await confirmed(store)
    store.ledger.hold("push", "reason.restored", at=NOON)
    door = FakeDoor()
    await delivered(store, door)
    assert door.sent == []
    assert "아직 보내지 않은 메시지 2개" in plain(await run(store, "/status"))

    stopped = await press(store, reply, command(reply, "cancel"), admin=True)
    assert "메시지 2개를 멈췄습니다" in plain(stopped)
    store.ledger.release("push")
    await delivered(store, door)
    assert door.sent == []
    assert {(row.state, row.reason) for row in rows(store)} == {(DeliveryState.SKIPPED, "reason.canceled")}
    again = await press(store, reply, command(reply, "cancel"), admin=True)
    assert "멈출 것이 없습니다" in plain(again)


async def test_a_copy_that_may_have_arrived_is_not_called_skipped(store: Store) -> None:
    await confirmed(store)
    row = rows(store)[0]
    store.ledger.settle(row, DeliveryState.PLANNED, at=NOON, reason="reason.again", due=NOON)

    assert store.ledger.cancel(row.edition, at=NOON, reason="reason.canceled") == 2
    assert store.ledger.edition_counts(row.edition) == {DeliveryState.UNKNOWN: 1, DeliveryState.SKIPPED: 1}


async def test_words_that_are_gone_are_told_in_errors(store: Store) -> None:
    await confirmed(store)
    store.ledger.drop_draft(f"broadcast:{rows(store)[0].edition}")
    await delivered(store, FakeDoor())

    assert "공지의 글이 더는 남아 있지 않습니다" in plain(await run(store, "/errors"))


async def test_why_tells_of_the_digest_not_of_a_broadcast(store: Store) -> None:
    await confirmed(store)

    assert "b-" not in plain(await run(store, "/why"))


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("/broadcast --dry-run", "broadcast.usage"),
        ("/broadcast b-01234567 send", "broadcast.gone"),
        (f"/broadcast {'가' * 3001}", "answer.too_long"),
    ],
)
async def test_what_cannot_be_sent_is_refused(store: Store, text: str, key: str) -> None:
    assert (await run(store, text)).tags["refused"] == key


async def test_nobody_subscribes(tmp_path: Path) -> None:
    store = a_store(tmp_path / "empty")
    assert "보낼 곳이 없습니다" in plain(await run(store, f"/broadcast {WORDS}"))
    store.library.close()
    store.ledger.close()
