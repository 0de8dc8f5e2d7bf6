"""The newsroom as a part of the App: a tick reads what feeds brought, publishes what is due, asks a model."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.app import App, open_app
from bot.settings import Settings
from handlers.newsroom.retold import retold
from store.bundle import Editor
from store.errors import StoreFull
from store.feeds import Entry
from store.model import Chat, Subscriber, SubscriberState
from tests.test_fetch_model import a_server, chat
from tests.wire import DUE, SUNDAY, wire


@dataclass
class Run:
    """One App after another on a folder, with a clock that is told."""

    folder: Path
    editor: Editor = "none"
    now: datetime = SUNDAY

    def __post_init__(self) -> None:
        self.app = self.opened()

    def opened(self, **settings: object) -> App:
        self.app = open_app(
            Settings(data=self.folder, editor=self.editor, **settings),  # type: ignore[arg-type]
            clock=lambda: self.now,
        )
        return self.app

    def brought(self, *entries: Entry) -> None:
        """A feed brought these, not read yet."""
        assert self.app.store.feeds is not None
        self.app.store.feeds.put([], [replace(entry, id="") for entry in entries])

    async def ticked(self) -> None:
        """Ticks until nothing more is to be done now."""
        while (drained := await self.app.tick()).next_at is not None and drained.next_at <= self.now:
            pass

    async def again(self, **settings: object) -> None:
        await self.app.close()
        self.opened(**settings)


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    made = Run(tmp_path)
    yield made
    asyncio.run(made.app.close())


def editions(run: Run) -> list[str]:
    return [edition.id for edition in run.app.store.library.editions(limit=10)]


async def test_a_tick_reads_what_came_and_publishes_when_it_is_due_and_once(run: Run) -> None:
    run.brought(*wire())
    await run.ticked()
    assert run.app.store.ledger.last_grouped() == str(len(wire()))
    assert editions(run) == []
    run.now = DUE - timedelta(seconds=1)
    await run.ticked()
    assert editions(run) == []
    run.now = DUE
    await run.ticked()
    assert editions(run) == ["2026-W48"]
    for later in (timedelta(minutes=6), timedelta(hours=1), timedelta(days=2)):
        run.now = DUE + later
        await run.ticked()
        await run.again()
        await run.ticked()
    assert editions(run) == ["2026-W48"]


async def test_what_waits_is_looked_at_again_and_published_when_there_is_enough(run: Run) -> None:
    run.now = DUE
    run.brought(*wire()[:1])
    await run.ticked()
    assert editions(run) == []
    run.brought(*wire()[1:])
    run.now = DUE + timedelta(minutes=1)
    await run.ticked()
    assert editions(run) == []  # looked at a minute ago
    run.now = DUE + timedelta(minutes=6)
    await run.ticked()
    assert editions(run) == ["2026-W48"]


async def test_a_tick_reads_for_a_moment_and_asks_to_be_called_again(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.app._READ_TURN", 0.0)
    run.brought(*wire()[:3])
    for count in ("", "1", "2", "3"):  # first it looks for groups of before
        drained = await run.app.tick()
        assert drained.next_at == run.now
        assert run.app.store.ledger.last_grouped() == count
    await run.app.tick()
    assert run.app.store.ledger.last_grouped() == "3"


async def test_an_editor_is_waited_for(tmp_path: Path) -> None:
    run = Run(tmp_path, editor="", now=DUE)
    run.brought(*wire())
    await run.ticked()
    assert editions(run) == []
    await run.app.close()


async def test_a_store_that_takes_no_more_lets_the_tick_fail(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise StoreFull(path=run.folder, detail="no space")

    run.brought(*wire()[:1])
    monkeypatch.setattr(run.app.store.feeds, "put_entries", full)
    with pytest.raises(StoreFull):
        await run.app.tick()
    monkeypatch.undo()
    await run.again()
    await run.ticked()
    assert run.app.store.ledger.last_grouped() == "1"


async def test_a_model_is_asked_beside_the_ticks_and_its_silence_holds_up_nothing(tmp_path: Path) -> None:
    run, asked = Run(tmp_path, now=DUE), list[object]()

    def answer(question: object, _head: bytes) -> bytes:
        asked.append(question)
        return chat(json.dumps({"summary": "A company that the source never names, Tesla, sold 5 cars."}))

    async with a_server(answer) as base:
        await run.again(model_url=base, model_name="m", model_budget=(3, 100_000))
        store = run.app.store
        store.ledger.put_subscriber(
            Subscriber(Chat("telegram", "1", "1"), "en", state=SubscriberState.ACTIVE)
        )
        run.brought(*wire())
        await run.ticked()
        assert editions(run) == ["2026-W48"]
        for _ in range(2):
            await run.app.tick()
            await asyncio.gather(*run.app.background)
        told = [retold(story, "en", store) for story in store.library.stories_of("2026-W48")]
        await run.app.close()
    assert len(asked) == 3  # the day's budget, whoever asks again
    assert not any(told)
