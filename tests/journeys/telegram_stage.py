"""The stage for Telegram's journeys: the whole bot over real stores, the real client, the strict
platform, and a clock that moves when told to.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.app import App
from bot.settings import Settings
from bot.telegram import TelegramDoor
from handlers.deliver import recover
from store.bundle import Store
from store.catalogue import load
from store.model import Chat, Delivery, Edition, Story, Subscriber
from store.sqlite import open_ledger
from store.tiny import open_library
from tests.build import a_story, a_week
from tests.fakes.telegram import TOKEN, FakeTelegram, Message, Person, Room

FRIDAY = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)  # noon in Seoul
MONDAY = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)  # 09:00 in Seoul: the slot

ADA = Person(1)
BOB = Person(2, language="en", name="Bob")
LIN = Person(3, language="zh-hans", name="Lin")
CHIEF = Person(9, name="Chief")


class Stage:
    """`fake` is the platform, `app` the bot; `now` the time of both."""

    def __init__(self, fake: FakeTelegram, folder: Path) -> None:
        self.fake = fake
        self.folder = folder
        self.now = FRIDAY
        fake.clock = fake.flood.clock = self.clock
        self.app = self._opened()
        self.door = self._door()

    def clock(self) -> datetime:
        return self.now

    async def pause(self, seconds: float) -> None:
        """Waiting moves the clock, but for the poller's: it waits beside everything else."""
        task = asyncio.current_task()
        if task is None or task.get_name() != "telegram polling":
            self.now += timedelta(seconds=seconds)
        elif self.fake.revoked:
            await self.fake.until(lambda: not self.fake.revoked)

    @property
    def store(self) -> Store:
        return self.app.store

    def _opened(self) -> App:
        store = Store(open_library(self.folder), open_ledger(self.folder), load())
        return App(Settings(data=self.folder), store, clock=self.clock)

    def _door(self) -> TelegramDoor:
        door = TelegramDoor(
            TOKEN,
            api_base=self.fake.base,
            store=self.store,
            answer=self.app.answer,
            clock=self.clock,
            admins=frozenset({f"telegram:{CHIEF.id}"}),
            pause=self.pause,
        )
        self.app.add_door(door)
        return door

    async def restart(self) -> None:
        """The process ends and another one begins on the same folder."""
        await self.app.close()
        self.app = self._opened()
        self.door = self._door()
        recover(self.store, now=self.now)
        await self.door.start()

    # people

    async def say(self, room: Room, person: Person | None, text: str, **more: object) -> Message:
        """Somebody writes, and the bot's next message there is returned."""
        before = len(self.fake.sent(room))
        self.fake.say(room, person, text, **more)  # type: ignore[arg-type]
        return (await self.fake.arrived(room, before + 1))[before]

    def chat(self, room: Room, thread: str = "") -> Chat:
        return Chat("telegram", "4242", str(room.id), thread)

    def subscriber(self, room: Room, thread: str = "") -> Subscriber:
        found = self.store.ledger.subscriber(self.chat(room, thread))
        assert found is not None
        return found

    # news and time

    def publish(self, count: int = 3, *, week: str = "2026-W47", stories: Sequence[Story] = ()) -> Edition:
        """An edition of `count` small stories, or of these, made public now."""
        edition, made = a_week(week, count)
        if stories:
            made = tuple(stories)
            edition = Edition(week, 47, week, tuple(s.id for s in made), "ko", self.now)
        self.store.library.put_edition(edition, made)
        return self.store.library.publish_edition(edition.id, self.now)

    async def passes(self, until: datetime) -> None:
        """Time passes; what comes due is planned and sent, as the bot's own clock would do it. A
        digest that has begun goes out to its end, a second or so a part.
        """
        self.now = max(self.now, until)
        while True:
            drained = await self.app.tick()
            assert drained is not None
            if drained.next_at is None or drained.next_at - self.now > timedelta(seconds=2):
                return
            self.now = drained.next_at

    async def quiet(self) -> None:
        """Everything that was said is done, and nothing is in hand."""
        fake, desk = self.fake, self.door.desk
        assert desk is not None
        owed = [update["update_id"] for update in fake.updates]
        if owed:
            await fake.until(lambda: fake.offset > max(owed))
        while desk._tasks:
            await asyncio.wait(desk._tasks)

    def deliveries(self, room: Room) -> tuple[Delivery, ...]:
        return self.store.ledger.deliveries(self.chat(room), limit=100)


@asynccontextmanager
async def a_stage(folder: Path) -> AsyncIterator[Stage]:
    """Open at noon on a Friday in Seoul; nothing may have gone wrong unseen at the end."""
    async with FakeTelegram(lambda: FRIDAY, flood=True) as fake:
        stage = Stage(fake, folder)
        await stage.door.start()
        try:
            yield stage
        finally:
            await stage.app.close()
    assert not fake.mistakes, fake.mistakes
    assert fake.methods.too_many_entities == 0


def texts(messages: list[Message]) -> str:
    return "\n".join(message.text for message in messages)


def label_of(message: Message, command: str) -> str:
    """What stands on the first button whose command begins so."""
    found = [b["text"] for b in message.buttons if b.get("callback_data", "").startswith(command)]
    assert found, message.buttons
    label: str = found[0]
    return label


async def multi_part(stage: Stage, person: Person = ADA) -> Room:
    """A subscriber with a push of several parts due on Monday."""
    room = stage.fake.private(person)
    await stage.say(room, person, "/subscribe")
    stage.store.ledger.put_subscriber(replace(stage.subscriber(room), length="full"))
    body = "긴 본문의 문장이 이어진다. " * 60
    stage.publish(stories=[a_story(f"2026-W47-{n}", title=f"{n}번 소식", body=body) for n in range(1, 13)])
    return room
