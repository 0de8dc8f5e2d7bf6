"""Proof 12: what kills its reader at every start is given up after five tries, and the rest goes on.

A real process dies by SIGKILL each time: over a Telegram update, a Slack delivery, and a digest that
is being composed. Started again until it ends by itself.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from telegram import Bot

from bot.telegram import TelegramDoor
from bot.telegram_desk import Desk
from bot.telegram_inbound import Me
from handlers.answer import answer
from handlers.message import Ask, Manages, Reply
from store.bundle import Store
from store.model import Chat, DeliveryState
from store.sqlite import open_ledger
from store.tiny import open_library
from tests.chaos.door import nowhere
from tests.chaos.inbound import TENANT, TOKEN, Silent, updates
from tests.chaos.kills import forked
from tests.chaos.platform import start
from tests.chaos.sender import Clock, catalogue, found, live, prepare

_MOST = 8  # starts; five tries need six
_OTHERS = 6


@dataclass
class Report:
    what: str
    kills: int = 0
    aside: int = 0
    done: int = 0
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        verdict = "ok" if not self.wrong else "FAILED: " + "; ".join(self.wrong)
        return (
            f"poison, {self.what}: {self.kills} kills until set aside, told {self.aside},"
            f" others done {self.done} of {_OTHERS}: {verdict}"
        )


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _lives(life: Callable[[], None], report: Report) -> None:
    for _ in range(_MOST):
        _, status = os.waitpid(forked(life), 0)
        if status == 0:
            return
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
            report.kills += 1
        else:
            report.wrong.append(f"a life ended with status {status}")
            return
    report.wrong.append(f"still dying after {_MOST} starts")


def _judged(report: Report, *, kills: int = 5) -> Report:
    if report.kills != kills:
        report.wrong.append(f"{report.kills} kills instead of {kills}")
    if report.aside != 1:
        report.wrong.append(f"{report.aside} set aside")
    if report.done != _OTHERS:
        report.wrong.append(f"{report.done} of {_OTHERS} others done")
    return report


def telegram(folder: Path) -> Report:
    """The first of some updates kills; the others wait with it in the inbox, and more come later."""
    folder.mkdir(parents=True)
    names = tuple(catalogue().companies)[: _OTHERS + 1]
    made = [update for update in updates(20 * (_OTHERS + 1), names * 3) if update["update_id"] % 20 == 1]
    for at, update in enumerate(made):
        update["message"]["text"] = f"/follow {names[at]}"

    def life() -> None:
        ledger, library = open_ledger(folder), open_library(folder)
        asyncio.run(_desk(Store(library, ledger, catalogue()), made, names[0]))
        ledger.close()
        library.close()

    report = Report("a Telegram update")
    _lives(life, report)
    ledger = open_ledger(folder)
    report.aside = len(ledger.aside())
    people = (ledger.subscriber(Chat("telegram", TENANT, str(u["message"]["chat"]["id"]))) for u in made)
    report.done = sum(one is not None and bool(one.follows) for one in people)
    ledger.close()
    return _judged(report)


async def _desk(store: Store, made: list[dict[str, object]], poison: str) -> None:
    def clock() -> datetime:
        return datetime.now(UTC)

    async def pause(_: float) -> None:
        await asyncio.sleep(0)

    async def answered(ask: Ask, manages: Manages) -> Reply | None:
        if ask.text.endswith(f" {poison}"):
            _die()
        return await answer(ask, store, manages=manages)

    door = TelegramDoor(TOKEN, store=store, answer=answered, clock=clock, pause=pause)
    door.bot = Bot(TOKEN, request=Silent(), get_updates_request=Silent())
    me = Me(TENANT, "JianbaoBot", frozenset())
    desk = Desk(door.bot, door, store, answered, clock, me=me, pause=pause)
    await desk.resume()
    for update in made:
        await desk.take(update)
    while desk._tasks:
        await asyncio.wait(desk._tasks)


def slack(folder: Path) -> Report:
    """The same with slash commands: they were kept and acknowledged, then the process died, which
    was the first try.
    """
    from tests.fakes.slack import FakeSlack, People
    from tests.journeys import slack_stage

    folder.mkdir(parents=True)
    names = tuple(catalogue().companies)[: _OTHERS + 1]
    report = Report("a Slack delivery")

    async def lived() -> None:
        time = slack_stage.Time()
        async with FakeSlack(time) as fake:
            people = People(fake)
            ledger = open_ledger(folder)
            for at, name in enumerate(names):
                body = people.command_body("/jianbao", f"follow {name}", channel="C1", user="U1")
                ledger.receive(f"slack:c:{at}", json.dumps(body), at=time())
            ledger.close()
            slack_stage.answer = _dying(names[0])  # type: ignore[attr-defined, assignment]
            async with slack_stage.staged(folder, time=time, slack=fake) as stage:
                slack_stage.peopled(stage)
                await stage.door.settled()

    _lives(lambda: asyncio.run(lived()), report)
    ledger = open_ledger(folder)
    report.aside = len(ledger.aside())
    handled = {key for key, _ in ledger.unhandled()}
    report.done = _OTHERS - len(handled)
    ledger.close()
    return _judged(report, kills=4)


def _dying(poison: str) -> Callable[..., Awaitable[Reply | None]]:
    """answer(), but one name kills."""

    async def answered(ask: Ask, store: Store, *, manages: Manages) -> Reply | None:
        if ask.text.endswith(f" {poison}"):
            _die()
        return await answer(ask, store, manages=manages)

    return answered


def composing(folder: Path) -> Report:
    """A digest whose composing kills; the other chats get theirs."""
    folder.mkdir(parents=True)
    prepare(folder, chats=_OTHERS + 1, parts=1, policy="at_most_once")
    Clock.begin(folder)
    report = Report("a digest that is composed")
    platform = start(folder / "s", seed=1, slowest=0)

    def life() -> None:
        import handlers.compose

        real = handlers.compose.digest

        def digest(*given: object, **named: object) -> object:
            if given[2].chat.id == "1":  # type: ignore[attr-defined]
                _die()
            return real(*given, **named)  # type: ignore[arg-type]

        handlers.compose.digest = digest  # type: ignore[assignment]
        live(folder, folder / "s", overall=1_000_000, point=nowhere)

    try:
        _lives(life, report)
    finally:
        platform.stop()
    rows = found(folder).rows.values()
    report.aside = sum(row.state is DeliveryState.FAILED and row.reason == "reason.compose" for row in rows)
    report.done = sum(row.state is DeliveryState.SENT for row in rows)
    return _judged(report)


def proof(folder: Path) -> Iterator[Report]:
    for way in (telegram, slack, composing):
        yield way(folder / way.__name__)
