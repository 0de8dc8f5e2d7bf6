"""Alarms: trouble reaches those who run the bot, through whatever door is open, and never raises."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.alarm import alarm, private_chats
from bot.app import App
from bot.settings import Settings
from handlers.door import Outcome
from store.bundle import Store
from store.model import Chat, Platform
from tests.asks import a_store
from tests.fake_door import FakeDoor

WORDS = {"tenant": "T1", "count": "3"}


@dataclass
class SlackLike(FakeDoor):
    """A door that has to look for the conversation with a person."""

    platform: Platform = "slack"
    known: dict[str, str] = field(default_factory=dict)

    async def private(self, name: str) -> Chat | None:
        if name == "T1/UBROKEN":
            raise ConnectionError(name)
        return Chat("slack", "T1", self.known[name]) if name in self.known else None


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = a_store(tmp_path)
    yield store
    store.library.close()
    store.ledger.close()


@pytest.fixture
def app(tmp_path: Path, store: Store) -> App:
    admins = frozenset({"slack:T1/U1", "slack:T1/UBROKEN", "slack:T2/U2", "telegram:7"})
    return App(Settings(data=tmp_path, admins=admins, language="en"), store)


async def test_everybody_who_can_be_reached_is_told(app: App, caplog: pytest.LogCaptureFixture) -> None:
    slack, telegram = SlackLike(known={"T1/U1": "D1"}), FakeDoor()
    app.add_door(slack)
    app.add_door(telegram)
    await alarm(app, "slack.stopped", WORDS)
    assert [one.chat.id for one in slack.sent] == ["D1"]
    assert [one.chat.id for one in telegram.sent] == ["7"]
    assert "slack:T2/U2 could not be told" in caplog.text
    assert "slack:T1/UBROKEN could not be told" in caplog.text


async def test_without_a_door_it_is_in_the_log_all_the_same(
    app: App, caplog: pytest.LogCaptureFixture
) -> None:
    await alarm(app, "slack.stopped", WORDS)
    assert "T1" in caplog.records[0].getMessage()
    assert caplog.text.count("could not be told") == len(app.settings.admins)


async def test_a_message_that_is_refused_is_not_called_told(
    app: App, caplog: pytest.LogCaptureFixture
) -> None:
    telegram = FakeDoor()
    telegram.script(None, Outcome("gone"))
    app.add_door(telegram)
    await alarm(app, "slack.stopped", WORDS)
    assert "telegram:7 could not be told" in caplog.text


async def test_editors_are_found_in_their_own_conversations(app: App) -> None:
    app.add_door(SlackLike(known={"T1/U1": "D1", "T2/U2": "D2"}))
    app.add_door(FakeDoor())
    assert [chat.id for chat in await private_chats(app)] == ["D1", "D2", "7"]
