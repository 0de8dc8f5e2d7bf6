"""Proof 15: the whole bot that ships, both platforms, killed again and again over the strict servers.

Each life is `jianbao run` (bot/run.py) with the real clients, forked from a parent that has
imported it; the servers are tests/fakes in a process of their own, which a kill never touches.
What they accepted is compared, part by part, with what the ledger says in the end.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import multiprocessing
import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random

from bot.run import run as run_bot
from bot.settings import Settings, from_environment
from store.model import Chat, Delivery, DeliveryState, Schedule, Subscriber, SubscriberState
from store.sqlite import open_ledger
from store.tiny import open_library
from tests.build import a_week
from tests.chaos.kills import forked
from tests.chaos.sender import catalogue, put_all
from tests.fakes.slack import APP_TOKEN, BOT_TOKEN, FakeSlack
from tests.fakes.telegram import TOKEN, FakeTelegram, Person

EDITION = "2026-W01"
_PATIENCE = 60.0  # seconds for the last life to bring all to its end
_BOT = TOKEN.partition(":")[0]
_ENDED = {DeliveryState.SENT, DeliveryState.UNKNOWN}
_OPEN = (DeliveryState.PLANNED, DeliveryState.SENDING)


@dataclass(frozen=True)
class Plan:
    telegram: int = 3000
    slack: int = 60
    kills: int = 100
    seed: int = 1
    start: float = 1.0  # seconds within which the early kills fall
    longest: float = 4.0  # seconds that a life lasts at most


@dataclass
class Report:
    """`twice` counts copies too many, `at_once` is how many were in the air at most at a kill."""

    plan: Plan
    kills: int = 0
    twice: int = 0
    lost: int = 0
    unknown: Counter[str] = field(default_factory=Counter)
    parts: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    bad: list[str] = field(default_factory=list)

    @property
    def wrong(self) -> list[str]:
        room = self.kills + 125
        checks = {
            f"{self.twice} copies too many": self.twice == 0,
            f"{self.lost} lost": self.lost == 0,
            f"telegram: {self.unknown['telegram']} unknown, above {room}": self.unknown["telegram"] <= room,
            f"slack: {self.unknown['slack']} unknown after reading back": self.unknown["slack"] == 0,
            f"{self.kills} kills instead of {self.plan.kills}": self.kills == self.plan.kills,
        }
        return [*self.bad[:5], *(name for name, held in checks.items() if not held)]

    def __str__(self) -> str:
        verdict = "ok" if not self.wrong else "FAILED: " + "; ".join(self.wrong)
        parts = ", ".join(f"{name} {count}" for name, count in sorted(self.parts.items()))
        unknown = ", ".join(f"{name} {self.unknown[name]}" for name in sorted(self.parts))
        return (
            f"whole bot: parts {parts}; kills {self.kills}, copies too many {self.twice}, lost {self.lost},"
            f" unknown {unknown}, in {self.seconds:.1f} s, seed {self.plan.seed}: {verdict}"
        )


def prepare(folder: Path, plan: Plan) -> None:
    """A folder whose chats were due a minute ago, with an edition of three stories."""
    slot = (datetime.now(UTC) - timedelta(minutes=1)).replace(second=0, microsecond=0)
    library, ledger = open_library(folder), open_ledger(folder)
    edition, stories = a_week(EDITION, 3)
    library.put_edition(edition, stories)
    library.publish_edition(edition.id, slot - timedelta(minutes=1))
    like = Subscriber(
        Chat("telegram", _BOT, ""),
        schedule=Schedule(slot.weekday(), slot.hour, slot.minute, "UTC"),
        state=SubscriberState.ACTIVE,
        next_at=slot,
        policy="at_most_once",
    )
    chats = [Chat("telegram", _BOT, str(number)) for number in range(1, plan.telegram + 1)]
    put_all(ledger, like, chats + [Chat("slack", "T1", f"C{number}") for number in range(1, plan.slack + 1)])
    library.close()
    ledger.close()


class Servers:
    """Both platforms in a process of their own; asked over a pipe."""

    def __init__(self, plan: Plan) -> None:
        self._pipe, theirs = multiprocessing.Pipe()
        self._pid = forked(lambda: asyncio.run(_served(theirs, plan)))
        self.telegram, self.slack = self._pipe.recv()

    def counts(self) -> Counter[tuple[str, str]]:
        """Copies by (chat, what names the message: its text, on Slack its metadata)."""
        self._pipe.send("counts")
        found: Counter[tuple[str, str]] = self._pipe.recv()
        return found

    def total(self) -> int:
        """How many messages both have taken so far."""
        self._pipe.send("total")
        found: int = self._pipe.recv()
        return found

    def violations(self) -> list[str]:
        self._pipe.send("violations")
        found: list[str] = self._pipe.recv()
        return found

    def stop(self) -> None:
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)


async def _served(pipe: Connection, plan: Plan) -> None:
    def now() -> datetime:
        return datetime.now(UTC)

    async with FakeTelegram(now) as telegram, FakeSlack(now) as slack:
        for number in range(1, plan.telegram + 1):
            telegram.private(Person(number))
        for number in range(1, plan.slack + 1):
            slack.channel(f"C{number}", members=set())
        pipe.send((telegram.base, slack.api_base))
        while True:
            asked = await asyncio.get_running_loop().run_in_executor(None, pipe.recv)
            if asked == "violations":
                pipe.send(slack.violations)
            elif asked == "total":
                pipe.send(telegram.accepted + slack.calls["chat.postMessage"])
            else:
                said = [(str(message.chat), message.text) for message in telegram.messages]
                posted = [(post.channel, json.dumps(post.metadata)) for post in slack.posts]
                pipe.send(Counter(said + posted))


class _Lives:
    def __init__(self, folder: Path, plan: Plan, servers: Servers) -> None:
        self._data, self._plan = folder / "data", plan
        self._random, self._servers = Random(plan.seed), servers
        self._settings = _settings(self._data, servers)
        self._log = folder / "said"

    def run(self) -> int:
        """Kills dealt; afterwards one life that is let end by itself."""
        for number in range(self._plan.kills):
            pid = self._born()
            self._lived(early=number % 4 == 0)
            os.kill(pid, signal.SIGKILL)
            if os.waitpid(pid, 0)[1] != signal.SIGKILL:
                raise RuntimeError(f"a life ended by itself: {self._log.read_text()[-2000:]}")
        pid = self._born()
        try:
            self._finished(pid)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
            _, status = os.waitpid(pid, 0)
        if status:
            raise RuntimeError(f"the last life ended with {status}: {self._log.read_text()[-2000:]}")
        return self._plan.kills

    def _lived(self, *, early: bool) -> None:
        """A random while: of its start, else until it has sent so many and is sending the next."""
        if early:
            time.sleep(self._random.random() * self._plan.start)
            return
        share = (self._plan.telegram + self._plan.slack) // self._plan.kills
        wanted = self._servers.total() + self._random.randint(1, 2 * share)
        end = time.monotonic() + self._plan.longest
        _looked_into(self._data)
        while self._servers.total() < wanted and time.monotonic() < end:
            time.sleep(0.005)
        time.sleep(self._random.random() * 0.02)

    def _born(self) -> int:
        return forked(lambda: _life(self._settings, self._log))

    def _finished(self, pid: int) -> None:
        end = time.monotonic() + _PATIENCE
        while not _settled(self._data, self._plan):
            if ended := os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                raise RuntimeError(f"the last life ended by itself: {ended} {_left(self._data)}")
            if time.monotonic() > end:
                raise TimeoutError(f"not done after {_PATIENCE:.0f} s: {_left(self._data)}")
            time.sleep(0.25)


def _settled(data: Path, plan: Plan) -> bool:
    """Whether every chat has its parts, and nothing on Slack is in doubt any more."""
    ledger = open_ledger(data, read_only=True)
    try:
        counts = ledger.delivery_counts()
        if sum(counts.values()) < plan.telegram + plan.slack or any(counts.get(state) for state in _OPEN):
            return False
        doubtful = ledger.deliveries(state=DeliveryState.UNKNOWN, limit=10_000)
        return not any(row.chat.platform == "slack" for row in doubtful)
    finally:
        ledger.close()


def _looked_into(data: Path) -> None:
    """What `jianbao doctor` does beside a bot that runs, which must not notice."""
    ledger = open_ledger(data, read_only=True)
    if found := ledger.check():
        raise RuntimeError(f"seen from beside: {found}")
    ledger.close()


def _left(data: Path) -> str:
    ledger = open_ledger(data, read_only=True)
    rows = [row for row in ledger.deliveries(limit=1_000_000) if row.state is not DeliveryState.SENT]
    ledger.close()
    counts = Counter((row.chat.platform, row.state.value, row.reason, str(row.due)) for row in rows)
    said = (data.parent / "said").read_text(encoding="utf-8")[-1500:]
    return ", ".join(f"{count} {' '.join(what)}" for what, count in counts.most_common(5)) + f"\n{said}"


def _settings(data: Path, servers: Servers) -> Settings:
    environment = {
        "JIANBAO_DATA": str(data),
        "TELEGRAM_BOT_TOKEN": TOKEN,
        "TELEGRAM_API_BASE": servers.telegram,
        "TELEGRAM_PAID_BROADCAST": "on",
        "TELEGRAM_RATE": "1000",
        "SLACK_BOT_TOKEN": BOT_TOKEN,
        "SLACK_APP_TOKEN": APP_TOKEN,
        "SLACK_API_BASE": servers.slack,
        "SLACK_RATE": "50",
    }
    return from_environment(environment, dotenv=data.parent / "none")


def _life(settings: Settings, said: Path) -> None:
    log = said.open("a", encoding="utf-8", buffering=1)
    logging.basicConfig(stream=log, level=logging.WARNING)
    with contextlib.redirect_stderr(log):
        if code := asyncio.run(run_bot(settings, console=False)):
            log.flush()
            raise RuntimeError(f"jianbao run ended with {code}")


def _compare(report: Report, rows: list[Delivery], copies: Counter[tuple[str, str]]) -> None:
    """Copies that one chat has of one text, and what is said to be sent beside what arrived there."""
    report.twice = sum(count - 1 for count in copies.values())
    arrived = Counter(chat for chat, _ in copies)
    sent = Counter(row.chat.id for row in rows if row.state is DeliveryState.SENT)
    doubtful = Counter(row.chat.id for row in rows if row.state is DeliveryState.UNKNOWN)
    report.lost = sum(row.state not in _ENDED for row in rows)
    for chat in {row.chat.id for row in rows}:
        report.lost += max(sent[chat] - arrived[chat], 0)
        if arrived[chat] > sent[chat] + doubtful[chat]:
            report.bad.append(f"{chat} has {arrived[chat]} parts, the ledger knows of {sent[chat]}")
    for row in rows:
        report.parts[row.chat.platform] += 1
        report.unknown[row.chat.platform] += row.state is DeliveryState.UNKNOWN


def run(plan: Plan, folder: Path) -> Report:
    catalogue()
    folder.mkdir(parents=True)
    prepare(folder / "data", plan)
    servers = Servers(plan)
    report = Report(plan)
    begun = time.monotonic()
    try:
        report.kills = _Lives(folder, plan, servers).run()
        report.seconds = time.monotonic() - begun
        ledger = open_ledger(folder / "data", read_only=True)
        rows = ledger.deliveries(limit=1_000_000)
        ledger.close()
        _compare(report, list(rows), servers.counts())
        report.bad += servers.violations()
    finally:
        servers.stop()
    return report


def proof(folder: Path, seed: int, until: float) -> Iterator[Report]:
    del until
    yield run(Plan(seed=seed), folder)
