"""Updates on Telegram: none lost, none done twice, none in the way of another; files; opening."""

from __future__ import annotations

import json
import re
import traceback
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from handlers.errors import Refusal
from handlers.message import Ask, Manages, Reply, Text, line
from handlers.sample import sample_text
from store.errors import StoreFull
from tests.build import a_story
from tests.fakes.telegram import TOKEN, FakeTelegram, Room
from tests.journeys.telegram_stage import (
    ADA,
    BOB,
    CHIEF,
    FRIDAY,
    MONDAY,
    Stage,
    a_stage,
    label_of,
    multi_part,
    texts,
)


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with a_stage(tmp_path) as stage:
        yield stage


# updates


async def test_an_update_or_a_press_that_comes_again_has_one_effect(stage: Stage) -> None:
    room = stage.fake.private(ADA)
    stage.publish()

    number = stage.fake.say(room, ADA, "/latest")
    (digest,) = await stage.fake.arrived(room, 1)
    stage.fake.say(room, ADA, "/latest", update_id=number)
    label = label_of(digest, "/help")
    query = stage.fake.press(room, ADA, digest, label)
    stage.fake.press(room, ADA, digest, label, query=query)
    await stage.quiet()

    assert len(stage.fake.sent(room)) + digest.edits == 2


async def test_an_update_that_was_kept_but_not_done_is_done_after_the_start(stage: Stage) -> None:
    room = stage.fake.private(ADA)
    stage.fake.say(room, ADA, "/help")
    raw = json.loads(json.dumps(stage.fake.updates.pop()))
    key = f"telegram:4242:{raw['update_id']}"
    await stage.app.close()
    stage.app = stage._opened()
    stage.store.ledger.receive(key, json.dumps(raw), at=stage.now)

    await stage.restart()
    stage.fake.updates.append(raw)
    stage.fake.notify()
    await stage.quiet()

    assert len(stage.fake.sent(room)) == 1
    assert stage.store.ledger.unhandled() == ()


async def test_a_slow_chat_holds_up_no_other_and_keeps_its_own_order(stage: Stage) -> None:
    slow, quick = stage.fake.private(ADA), stage.fake.private(BOB)
    stage.fake.fail("hang", chat=slow.id)

    stage.fake.say(slow, ADA, "/help")
    await stage.fake.until(lambda: stage.fake.called("sendMessage"))
    stage.fake.say(slow, ADA, "/start")
    await stage.say(quick, BOB, "/help")
    assert stage.fake.sent(slow) == []
    stage.fake.release()
    first, second = await stage.fake.arrived(slow, 2)

    assert "/company" in first.text
    assert first.text != second.text


async def test_an_update_that_cannot_be_read_stops_nothing(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    stage.fake.put("message", {"nonsense": True})

    await stage.say(stage.fake.private(ADA), ADA, "/help")

    assert "cannot read" in caplog.text


async def test_another_poller_is_named_in_the_log_and_polling_goes_on(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    await stage.fake.until(stage.fake.polling)
    stage.fake.steal_poll()

    await stage.say(stage.fake.private(ADA), ADA, "/help")

    assert "409 Conflict" in caplog.text


@pytest.mark.parametrize("kind", ["page", "garbage", "reset", "odd"])
async def test_polling_survives_what_the_network_does(stage: Stage, kind: str) -> None:
    room = stage.fake.private(ADA)
    stage.fake.fail(kind, method="getUpdates", times=3)  # type: ignore[arg-type]

    for _ in range(3):
        await stage.say(room, ADA, "/help")

    assert len(stage.fake.sent(room)) == 3


async def test_polling_obeys_too_many_requests(stage: Stage) -> None:
    stage.fake.too_many(30, method="getUpdates", times=2)

    for _ in range(3):
        await stage.say(stage.fake.private(ADA), ADA, "/help")

    assert stage.fake.faults == []


async def test_an_answer_waits_for_a_busy_platform_and_is_posted_once(stage: Stage) -> None:
    room = stage.fake.private(ADA)
    stage.fake.too_many(3)
    before = stage.now

    await stage.say(room, ADA, "/help")

    assert stage.fake.accepted == 1
    assert stage.now - before >= timedelta(seconds=3)


async def test_an_answer_whose_fate_is_unknown_is_not_sent_again(stage: Stage) -> None:
    room = stage.fake.private(ADA)
    stage.fake.fail("lost")

    await stage.say(room, ADA, "/help")
    await stage.say(room, ADA, "/start")

    assert stage.fake.accepted == 2


async def test_a_long_answer_comes_in_parts_a_second_apart_and_past_a_lost_one(stage: Stage) -> None:
    room = stage.fake.private(ADA)
    body = "본문 문장이 이어진다. " * 30
    stage.publish(stories=[a_story(f"2026-W47-{n}", title=f"{n}번 소식", body=body) for n in range(1, 61)])
    stage.fake.fail("lost")
    before = stage.now

    stage.fake.say(room, ADA, "/latest")
    await stage.fake.arrived(room, 2)
    await stage.quiet()

    sent = stage.fake.sent(room)
    assert re.findall(r"(\d+)번 소식", texts(sent)) == [str(n) for n in range(1, 61)]
    assert stage.now - before == timedelta(seconds=len(sent) - 1)


async def test_who_asks_too_fast_is_told_once(stage: Stage) -> None:
    room = stage.fake.private(ADA)
    clock = stage.now

    async def still(seconds: float) -> None:
        """Waiting for the platform takes no time here, so that no allowance grows back."""
        stage.fake.flood.seen.clear()

    assert stage.door.desk is not None
    stage.door.desk.answering.pause = still
    for _ in range(20):
        stage.fake.say(room, ADA, "/help")
    await stage.quiet()

    assert stage.now == clock
    assert len(stage.fake.sent(room)) == 11
    assert "/company" not in stage.fake.sent(room)[-1].text


# files


async def test_who_runs_the_bot_brings_an_issue_in_as_a_file(stage: Stage) -> None:
    room = stage.fake.private(CHIEF)
    document = ("issue.txt", sample_text().encode() if isinstance(sample_text(), str) else sample_text())

    preview = await stage.say(room, CHIEF, "", document=document)

    assert stage.fake.called("getFile")
    assert "15" in preview.text


async def test_a_file_that_is_too_large_is_not_fetched(stage: Stage) -> None:
    room = stage.fake.private(CHIEF)

    refusal = await stage.say(room, CHIEF, "/import", document=("x", b"x"), file_size=6 << 20)

    assert "5 MB" in refusal.text
    assert stage.fake.called("getFile") == []


async def test_a_file_from_anyone_else_is_refused_without_fetching_it(stage: Stage) -> None:
    room = stage.fake.private(ADA)

    refusal = await stage.say(room, ADA, "", document=("issue.txt", b"x"))

    assert "/import" in refusal.text
    assert stage.fake.called("getFile") == []


async def test_an_export_comes_as_a_file(stage: Stage) -> None:
    room = stage.fake.private(ADA)
    await stage.say(room, ADA, "/subscribe")

    message = await stage.say(room, ADA, "/export")

    assert message.document is not None
    assert json.loads(message.document[1])


# opening and closing


async def test_a_refused_token_says_so_without_naming_it(tmp_path: Path) -> None:
    async with FakeTelegram(lambda: FRIDAY) as fake:
        fake.revoked = True
        stage = Stage(fake, tmp_path)
        with pytest.raises(Refusal) as refused:
            await stage.door.start()
        await stage.app.close()

    assert refused.value.key == "telegram.token_refused"
    assert TOKEN not in "".join(traceback.format_exception(refused.value))


async def test_a_server_that_is_not_there_is_told(tmp_path: Path) -> None:
    async with FakeTelegram(lambda: FRIDAY) as fake:
        stage = Stage(fake, tmp_path)
    with pytest.raises(Refusal) as refused:
        await stage.door.open()
    await stage.app.close()

    assert (refused.value.key, refused.value.words) == ("telegram.unreachable", {"detail": "NetworkError"})


async def test_a_door_opened_to_send_alone_does_not_poll(tmp_path: Path) -> None:
    async with FakeTelegram(lambda: FRIDAY) as fake:
        stage = Stage(fake, tmp_path)
        room = fake.private(ADA)
        await stage.door.open()
        (part,) = stage.door.parts(Reply((Text(line("안녕")),), "ko"))
        outcome = await stage.door.send(stage.chat(room), part, first="", silent=True)
        await stage.app.close()

    assert outcome.kind == "sent"
    assert fake.sent(room)[0].silent
    assert fake.called("getUpdates") == fake.called("setMyCommands") == []


async def test_waiting_updates_are_never_dropped_at_the_start(stage: Stage) -> None:
    room = stage.fake.private(ADA)
    await stage.app.close()
    stage.fake.say(room, ADA, "/help")
    stage.app = stage._opened()
    await stage.restart()

    await stage.fake.arrived(room, 1)

    assert all(not call.get("drop_pending_updates") for call in stage.fake.called("deleteWebhook"))


async def test_a_token_revoked_while_running_stops_the_sending_and_loses_nothing(stage: Stage) -> None:
    room = await multi_part(stage)
    stage.fake.revoked = True
    await stage.passes(MONDAY)
    await stage.passes(MONDAY + timedelta(minutes=5))
    stage.fake.revoked = False

    await stage.passes(MONDAY + timedelta(minutes=30))

    assert stage.fake.unauthorized.count("sendMessage") == 1
    assert re.findall(r"(\d+)번 소식", texts(stage.fake.sent(room)[1:])) == [str(n) for n in range(1, 13)]


async def test_an_answer_that_fails_is_apologized_for_and_the_next_one_comes(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    room = stage.fake.private(ADA)
    desk = stage.door.desk
    assert desk is not None
    answers = desk.answer

    async def broken(ask: Ask, manages: Manages) -> Reply | None:
        desk.answer = answers
        raise ZeroDivisionError

    desk.answer = broken
    sorry = await stage.say(room, ADA, "/help")
    answer = await stage.say(room, ADA, "/help")

    assert "다시 시도" in sorry.text
    assert "/company" in answer.text
    assert "could not be handled" in caplog.text


async def test_an_update_that_cannot_be_kept_stays_with_telegram(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    room = stage.fake.private(ADA)
    receive = stage.store.ledger.receive

    def full(key: str, body: str, *, at: datetime) -> bool:
        monkeypatch.setattr(stage.store.ledger, "receive", receive)
        raise StoreFull

    monkeypatch.setattr(stage.store.ledger, "receive", full)

    answer = await stage.say(room, ADA, "/help")

    assert "/company" in answer.text
    assert "left with Telegram" in caplog.text


async def test_too_many_requests_is_about_the_chat_only_where_we_were_quick(stage: Stage) -> None:
    quiet, group = stage.fake.private(ADA), stage.fake.group(-100500)
    (part,) = stage.door.parts(Reply((Text(line("안녕")),), "ko"))

    async def scope(room: Room) -> str:
        stage.fake.too_many(7)
        return (await stage.door.send(stage.chat(room), part, first="")).scope

    left_in_peace = await scope(quiet)
    await stage.door.send(stage.chat(quiet), part, first="")
    stage.now += timedelta(seconds=1)
    just_written_to = await scope(quiet)
    stage.now += timedelta(minutes=1)

    assert (left_in_peace, just_written_to) == ("door", "chat")
    assert (await scope(quiet), await scope(group)) == ("door", "chat")


async def test_a_part_that_is_none_is_refused(stage: Stage) -> None:
    outcome = await stage.door.send(stage.chat(stage.fake.private(ADA)), "{}", first="")

    assert (outcome.kind, stage.fake.accepted) == ("refused", 0)
