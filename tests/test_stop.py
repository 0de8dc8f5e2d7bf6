"""Told to stop while messages are in the air: what is in flight is settled, the rest stays due."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from store.model import Chat, DeliveryState, Schedule, Subscriber, SubscriberState
from store.sqlite import open_ledger
from store.tiny import open_library
from tests.build import a_week
from tests.fakes.telegram import TOKEN, FakeTelegram, Person

ROOT = Path(__file__).parents[1]
CHATS = 30


def due_now(folder: Path) -> None:
    """A data folder whose chats are due this minute."""
    now = datetime.now(UTC)
    library, ledger = open_library(folder), open_ledger(folder)
    edition, stories = a_week("2026-W47", 1)
    library.put_edition(edition, stories)
    library.publish_edition(edition.id, now - timedelta(minutes=2))
    slot = now - timedelta(minutes=1)
    schedule = Schedule(slot.weekday(), slot.hour, slot.minute, "UTC")
    for number in range(1, CHATS + 1):
        chat = Chat("telegram", TOKEN.partition(":")[0], str(number))
        active = Subscriber(chat, schedule=schedule, state=SubscriberState.ACTIVE, next_at=slot)
        ledger.put_subscriber(active)
    library.close()
    ledger.close()


async def test_a_signal_lets_what_is_in_flight_be_settled_and_nothing_more_begin(tmp_path: Path) -> None:
    due_now(tmp_path / "data")
    async with FakeTelegram(lambda: datetime.now(UTC)) as fake:
        for number in range(1, CHATS + 1):
            fake.private(Person(number))
        fake.fail("hang", times=CHATS)
        settings = {"JIANBAO_DATA": str(tmp_path / "data"), "TELEGRAM_BOT_TOKEN": TOKEN}
        bot = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "run", "--no-console"),
            cwd=tmp_path,
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": str(ROOT),
                "TELEGRAM_API_BASE": fake.base,
                **settings,
            },
            stdin=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        await fake.until(lambda: len(fake.called("sendMessage")) >= 8)
        bot.send_signal(signal.SIGTERM)
        told = asyncio.create_task(bot.communicate())
        while not told.done():
            await asyncio.wait({told}, timeout=0.5)  # what began before the signal was heard hangs, too
            fake.release()
        _, err = told.result()
        assert bot.returncode == 0, err.decode()
        accepted = fake.accepted
    ledger = open_ledger(tmp_path / "data")
    counts = ledger.delivery_counts()
    assert not ledger.unclean()
    ledger.close()
    assert 8 <= accepted < CHATS
    assert counts == {DeliveryState.SENT: accepted, DeliveryState.PLANNED: CHATS - accepted}
