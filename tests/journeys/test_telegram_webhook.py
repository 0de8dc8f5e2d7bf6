"""Telegram by webhook: what came is kept before it is acknowledged, and has one effect."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.telegram import TelegramDoor
from bot.web import TELEGRAM_PATH, WebServer
from handlers.errors import Refusal
from store.errors import StoreFull
from tests.fakes.telegram import TOKEN, FakeTelegram
from tests.fakes.telegram.webhook import HEADER
from tests.journeys.telegram_stage import ADA, FRIDAY, Stage, label_of

SECRET = "canary-webhook-secret_0123456789"


class Hooked(Stage):
    """The stage with a web server in front; the door is told its address before it starts."""

    web: WebServer

    def _door(self) -> TelegramDoor:
        door = super()._door()
        door.webhook_secret = SECRET
        return door

    async def open(self) -> None:
        self.web = WebServer(("127.0.0.1", 0), None, self.door, clock=self.clock)
        await self.web.start()
        self.door.webhook_url = f"http://127.0.0.1:{self.web.address[1]}{TELEGRAM_PATH}"
        await self.door.start()

    async def shut(self) -> None:
        await self.web.stop()
        await self.app.close()

    async def reopen(self) -> None:
        """Another process on the same folder."""
        self.app = self._opened()
        self.door = self._door()
        await self.open()

    async def settled(self) -> None:
        await self.fake.until(lambda: not self.fake.postman._owed())
        await self.hands_empty()

    async def hands_empty(self) -> None:
        assert self.door.desk is not None
        while tasks := list(self.door.desk._tasks):
            for task in tasks:
                await task


@asynccontextmanager
async def a_hooked(folder: Path) -> AsyncIterator[Hooked]:
    async with FakeTelegram(lambda: FRIDAY, flood=True) as fake:
        stage = Hooked(fake, folder)
        await stage.open()
        try:
            yield stage
        finally:
            await stage.shut()
    assert fake.mistakes == []


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Hooked]:
    async with a_hooked(tmp_path) as stage:
        yield stage


async def test_an_answer_comes_by_webhook_and_nothing_is_polled(stage: Hooked) -> None:
    message = await stage.say(stage.fake.private(ADA), ADA, "/help")

    assert "/company" in message.text
    assert stage.fake.called("getUpdates") == []
    (told,) = stage.fake.called("setWebhook")
    kinds = {"message", "channel_post", "callback_query", "my_chat_member", "inline_query"}
    assert set(told["allowed_updates"]) == kinds
    assert (told["secret_token"], told.get("drop_pending_updates", False)) == (SECRET, False)


async def test_the_same_update_again_has_one_effect(stage: Hooked) -> None:
    room = stage.fake.private(ADA)
    stage.fake.say(room, ADA, "/help")
    raw = stage.fake.updates[0]
    await stage.fake.arrived(room, 1)

    statuses = [await stage.fake.postman.post(raw) for _ in range(3)]
    await stage.settled()

    assert statuses == [200, 200, 200]
    assert len(stage.fake.sent(room)) == 1


async def test_the_same_update_by_webhook_and_by_polling_has_one_effect(stage: Hooked) -> None:
    room = stage.fake.private(ADA)
    stage.fake.say(room, ADA, "/help")
    raw = stage.fake.updates[0]
    await stage.fake.arrived(room, 1)
    await stage.settled()
    await stage.shut()
    stage.fake.updates.append(raw)

    await stage.restart()  # without a webhook: it polls
    await stage.quiet()

    assert stage.fake.webhook is None
    assert stage.fake.called("getUpdates")
    assert len(stage.fake.sent(room)) == 1


async def test_a_tap_that_comes_under_two_update_and_query_ids_has_one_effect(stage: Hooked) -> None:
    room = stage.fake.private(ADA)
    stage.publish()
    digest = await stage.say(room, ADA, "/latest")
    label = label_of(digest, "/help")

    first = stage.fake.press(room, ADA, digest, label)
    second = stage.fake.press(room, ADA, digest, label)
    await stage.settled()

    assert len(stage.fake.sent(room)) + digest.edits == 2
    assert {call["callback_query_id"] for call in stage.fake.answered} == {first, second}
    stage.now += timedelta(seconds=3)
    stage.fake.press(room, ADA, digest, label)
    await stage.settled()
    assert len(stage.fake.sent(room)) + digest.edits == 3


async def test_what_cannot_be_kept_is_refused_and_done_when_it_comes_again(
    stage: Hooked, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    room = stage.fake.private(ADA)

    def full(key: str, body: str, *, at: datetime) -> bool:
        raise StoreFull

    with monkeypatch.context() as broken:
        broken.setattr(stage.store.ledger, "receive", full)
        number = stage.fake.say(room, ADA, "/help")
        await stage.fake.until(lambda: stage.fake.postman.statuses)
    assert stage.fake.postman.statuses == [(number, 503)]
    assert stage.fake.sent(room) == []
    stage.fake.postman.again()

    assert "/company" in (await stage.fake.arrived(room, 1))[0].text
    assert "cannot be kept" in caplog.text


async def test_what_was_kept_when_the_process_died_is_done_by_the_next(stage: Hooked) -> None:
    room = stage.fake.private(ADA)
    stage.fake.fail("hang")
    stage.fake.say(room, ADA, "/help")
    await stage.fake.until(lambda: stage.fake.called("sendMessage"))
    desk = stage.door.desk
    assert desk is not None
    await desk.finish(patience=0)  # as a kill would, between keeping and answering
    await stage.shut()
    assert stage.fake.sent(room) == []

    await stage.reopen()

    assert len(await stage.fake.arrived(room, 1)) == 1
    await stage.settled()
    assert stage.store.ledger.unhandled() == ()


async def test_a_closed_door_asks_telegram_to_come_again_and_keeps_the_webhook(stage: Hooked) -> None:
    room = stage.fake.private(ADA)
    await stage.door.stop()
    stage.fake.say(room, ADA, "/help")
    await stage.fake.until(lambda: stage.fake.postman.statuses)

    assert stage.fake.postman.statuses[-1][1] == 503
    assert stage.fake.webhook is not None
    assert stage.store.ledger.unhandled() == ()


async def test_more_than_fits_in_hand_is_left_with_telegram(stage: Hooked) -> None:
    desk = stage.door.desk
    assert desk is not None
    while not desk.full:
        await desk._room.acquire()
    stage.fake.say(stage.fake.private(ADA), ADA, "/help")
    await stage.fake.until(lambda: stage.fake.postman.statuses)

    assert stage.fake.postman.statuses[-1][1] == 503
    assert stage.store.ledger.unhandled() == ()


@pytest.mark.parametrize("secret", ["", "wrong", SECRET[:-1], SECRET + "0", SECRET.upper(), "é" * 32])
async def test_without_the_right_secret_nothing_is_kept(stage: Hooked, secret: str) -> None:
    room = stage.fake.private(ADA)
    stage.fake.say(room, ADA, "/help")
    raw = {**stage.fake.updates[0], "update_id": 99}
    await stage.settled()

    status = await stage.fake.postman.post(raw, **{HEADER: secret})
    await stage.hands_empty()

    assert status == 401
    assert len(stage.fake.sent(room)) == 1
    assert await stage.fake.postman.post(raw) == 200
    await stage.hands_empty()
    assert len(stage.fake.sent(room)) == 2


async def test_an_address_that_telegram_refuses_ends_the_start(tmp_path: Path) -> None:
    async with FakeTelegram(lambda: FRIDAY) as fake:
        stage = Hooked(fake, tmp_path)
        stage.door.webhook_url = "http://bot.example/telegram/webhook"
        with pytest.raises(Refusal) as refused:
            await stage.door.start()
        await stage.app.close()

    assert refused.value.key == "telegram.webhook_refused"
    assert "https" in str(refused.value.words["detail"])


async def test_polling_takes_a_webhook_away_that_another_left(tmp_path: Path) -> None:
    async with FakeTelegram(lambda: FRIDAY) as fake:
        stage = Stage(fake, tmp_path)
        fake.webhook = {"url": "https://elsewhere.example/", "allowed_updates": ["poll"]}
        await stage.door.start()
        await fake.until(fake.polling)
        fake.webhook = {"url": "https://elsewhere.example/", "allowed_updates": ["poll"]}
        fake.steal_poll()

        message = await stage.say(fake.private(ADA), ADA, "/help")

        await stage.app.close()
    assert "/company" in message.text
    assert len(fake.called("deleteWebhook")) == 2


async def test_the_program_itself_takes_deliveries_and_answers(tmp_path: Path) -> None:
    """`jianbao run` as a process of its own, told of the webhook by its settings."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    async with FakeTelegram(lambda: FRIDAY) as fake:
        environ = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "TELEGRAM_API_BASE": fake.base,
            "TELEGRAM_WEBHOOK_URL": f"http://{address}{TELEGRAM_PATH}",
            "TELEGRAM_WEBHOOK_SECRET": SECRET,
            "JIANBAO_WEB": address,
        }
        none, pipe = asyncio.subprocess.DEVNULL, asyncio.subprocess.PIPE
        command = (sys.executable, "-m", "bot", "run")
        bot = await asyncio.create_subprocess_exec(
            *command, cwd=tmp_path, env=environ, stdin=none, stdout=none, stderr=pipe
        )
        try:
            room = fake.private(ADA)
            fake.say(room, ADA, "/help")
            (answer,) = await fake.arrived(room, 1)
        finally:
            bot.send_signal(signal.SIGTERM)
            _, said = await asyncio.wait_for(bot.communicate(), 20)

    assert "/company" in answer.text
    assert fake.called("getUpdates") == []
    assert bot.returncode == 0, said
    assert SECRET.encode() not in said
