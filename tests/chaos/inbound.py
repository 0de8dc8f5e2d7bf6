"""Proof 5: python -m tests.chaos.inbound [--seed N] [--count 100000] [--kills 50]

Deliveries as Telegram makes them, 30 % of them duplicates and 20 % out of their order, half by the
webhook and half as a poll hands them over, to a process that runs the real desk on a real ledger
and is killed with SIGKILL at random moments. Each update asks for something of its own, so that the
store tells at the end whether it was lost; a log that survives a kill tells what was begun again.
The last line is the summary; exit code 1 when a promise was broken.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import select
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any, NoReturn

from telegram import Bot
from telegram.request import BaseRequest, RequestData

from bot.telegram import TelegramDoor
from bot.telegram_desk import Desk
from bot.telegram_inbound import Me, key_of
from bot.telegram_webhook import Webhook
from handlers.answer import answer
from handlers.message import Ask, Manages, Reply
from store.bundle import Store
from store.errors import StoreError
from store.model import Chat
from store.sqlite import open_ledger
from store.tiny import open_library
from tests.chaos.sender import catalogue

TENANT = "4242"
TOKEN = f"{TENANT}:AAcanaryCANARYcanaryCANARYcanaryCANARY"
WINDOW = 64  # deliveries without an answer yet; the platform's own is 40 at most
_EACH = 20  # companies a chat asks to follow

Json = dict[str, Any]


@dataclass(frozen=True)
class Plan:
    count: int = 100_000
    kills: int = 50
    duplicates: float = 0.3
    shuffled: float = 0.2
    seed: int = 1


@dataclass
class Report:
    """`lost` were acknowledged and have no effect, `double` began again after their end (or twice in
    one life), `again` were begun again by the life after a kill, which their answers may show.
    """

    plan: Plan
    unique: int = 0
    kills: int = 0
    lost: int = 0
    double: int = 0
    again: int = 0
    in_hand: int = 0
    refused: int = 0
    left: int = 0
    slowest: float = 0.0
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        verdict = "ok" if not self.wrong else "FAILED: " + "; ".join(self.wrong)
        return (
            f"inbound: {self.plan.count} deliveries of {self.unique} updates, {self.kills} kills,"
            f" acknowledged and lost {self.lost}, double {self.double}, begun again after a kill"
            f" {self.again} (in hand at kills {self.in_hand}), left {self.left},"
            f" p99 of an acknowledgement {1000 * self.slowest:.1f} ms,"
            f" seed {self.plan.seed}, {self.seconds:.0f} s: {verdict}"
        )


# what is delivered


def updates(count: int, companies: tuple[str, ...]) -> list[Json]:
    """So many updates, each of which changes something of its own: a chat follows one more company,
    by a command or by a button.
    """
    return [_update(number, companies) for number in range(count)]


def _update(number: int, companies: tuple[str, ...]) -> Json:
    person, nth = divmod(number, _EACH)
    chat: Json = {"id": person + 1, "type": "private", "first_name": "Ada"}
    sender = {"id": person + 1, "is_bot": False, "first_name": "Ada", "language_code": "ko"}
    text = f"/follow {companies[nth]}"
    if nth % 4 != 3:
        body = {"message_id": number + 1, "date": 1_700_000_000, "chat": chat, "from": sender, "text": text}
        return {"update_id": number + 1, "message": body}
    said = {"message_id": 1_000_000 + number, "date": 1_700_000_000, "chat": chat, "text": "x"}
    press = {"id": f"q{number}", "from": sender, "chat_instance": "1", "message": said, "data": text}
    return {"update_id": number + 1, "callback_query": press}


def deliveries(plan: Plan, made: list[Json], random: Random) -> list[Json]:
    """The updates in order, with duplicates after them (a press also under another update id) and
    some moved by up to a thousand places.
    """
    again = random.choices(made, k=plan.count - len(made))
    placed = [(float(at), one) for at, one in enumerate(made)]
    for number, one in enumerate(again):
        twin = {**one, "update_id": 10_000_000 + number} if "callback_query" in one else one
        placed.append((one["update_id"] + random.expovariate(1 / 200), twin))
    for at in random.sample(range(len(placed)), int(len(placed) * plan.shuffled)):
        placed[at] = (placed[at][0] + random.uniform(-1000, 1000), placed[at][1])
    placed.sort(key=lambda one: one[0])
    return [one for _, one in placed]


# one life of the bot


class Silent(BaseRequest):
    """The platform's answers without a platform: everything is taken."""

    @property
    def read_timeout(self) -> float:
        return 1.0

    async def initialize(self) -> None: ...

    async def shutdown(self) -> None: ...

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *_: Any, **__: Any
    ) -> tuple[int, bytes]:
        chat = {"id": 1, "type": "private", "first_name": "Ada"}
        result: Any = {"message_id": 7, "date": 1, "chat": chat} if "essage" in url else True
        await asyncio.sleep(0)
        return 200, json.dumps({"ok": True, "result": result}).encode()


def live(folder: Path, link: socket.socket, trace: int) -> None:
    """Take deliveries from `link` until told to end, acknowledging each; runs in a forked process."""
    ledger, library = open_ledger(folder), open_library(folder)
    store = Store(library, ledger, catalogue())
    handled = ledger.handled

    def seen(key: str, *, at: datetime) -> None:
        handled(key, at=at)
        os.write(trace, f"e {key}\n".encode())

    ledger.handled = seen  # type: ignore[method-assign]
    asyncio.run(_life(store, link, trace))
    ledger.close()
    library.close()


async def _life(store: Store, link: socket.socket, trace: int) -> None:
    def clock() -> datetime:
        return datetime.now(UTC)

    async def pause(_: float) -> None:
        await asyncio.sleep(0)

    desk: Desk

    async def answered(ask: Ask, manages: Manages) -> Reply | None:
        os.write(trace, f"b {ask.chat.id} {ask.text.split()[1]}\n".encode())
        return await answer(ask, store, manages=manages)

    door = TelegramDoor(TOKEN, store=store, answer=answered, clock=clock, pause=pause)
    door.bot = Bot(TOKEN, request=Silent(), get_updates_request=Silent())
    desk = Desk(door.bot, door, store, answered, clock, me=Me(TENANT, "JianbaoBot", frozenset()), pause=pause)
    await desk.resume()
    hook = Webhook()
    hook.desk = desk
    reader, writer = await asyncio.open_connection(sock=link, limit=1 << 20)
    tasks: set[asyncio.Task[None]] = set()

    async def one(number: int, body: bytes) -> None:
        if number % 2:
            status = (await hook.deliver(body))[0]
        else:
            try:
                await desk.take(json.loads(body))
                status = 200
            except StoreError:
                status = 503
        writer.write(f"{number} {status}\n".encode())

    while (row := await reader.readline()) != b"end\n":
        if not row:
            raise SystemExit(1)
        number, _, body = row.partition(b"\t")
        task = asyncio.create_task(one(int(number), body))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    while pending := {*tasks, *desk._tasks}:
        await asyncio.wait(pending)
    await writer.drain()
    writer.close()


def fork(folder: Path) -> tuple[int, socket.socket]:
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid:
        theirs.close()
        return pid, ours
    ours.close()
    return _child(folder, theirs)


def _child(folder: Path, link: socket.socket) -> NoReturn:
    code = 1
    try:
        trace = os.open(folder / "trace", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.write(trace, b"life\n")
        live(folder, link, trace)
        code = 0
    finally:
        os._exit(code)


# the platform


class Sending:
    """Delivers what is due with a window, takes acknowledgements, and kills."""

    def __init__(self, plan: Plan, folder: Path, due: list[Json], random: Random, report: Report) -> None:
        self.report = report
        self.folder = folder
        self.bodies = [json.dumps(one).encode() for one in due]
        self.waiting: deque[int] = deque(range(len(due)))
        self.acked: set[int] = set()
        self.sent_at: dict[int, float] = {}
        self.took: list[float] = []
        self.kill_at = deque(sorted(random.sample(range(1, len(due)), plan.kills)))
        self.random = random
        self.given = 0
        self.buffer = b""
        self.pid, self.link = fork(folder)

    def run(self) -> None:
        while self.waiting or self.sent_at:
            while self.waiting and len(self.sent_at) < WINDOW:
                self._give(self.waiting.popleft())
                if self.kill_at and self.given >= self.kill_at[0]:
                    self.kill_at.popleft()
                    self._kill()
            if not self._hear(1.0):
                raise RuntimeError("the bot ended by itself")
        self.link.sendall(b"end\n")
        _, status = os.waitpid(self.pid, 0)
        self.link.close()
        if status:
            self.report.wrong.append(f"the last life ended with status {status}")

    def _give(self, number: int) -> None:
        self.sent_at[number] = time.perf_counter()
        self.given += 1
        self.link.sendall(b"%d\t%s\n" % (number, self.bodies[number]))

    def _hear(self, seconds: float) -> bool:
        """Read what the other side says within so long; False at its end."""
        if not select.select([self.link], [], [], seconds)[0]:
            return True
        try:
            found = self.link.recv(1 << 16)
        except ConnectionResetError:
            return False
        *rows, self.buffer = (self.buffer + found).split(b"\n")
        for row in rows:
            number, status = map(int, row.split())
            begun = self.sent_at.pop(number)
            if status == 200:
                self.acked.add(number)
                self.took.append(time.perf_counter() - begun)
            else:
                self.report.refused += 1
                self.waiting.append(number)
        return bool(found)

    def _kill(self) -> None:
        """At a random moment; what was not acknowledged is delivered again, and in any order."""
        time.sleep(self.random.random() * 0.02)
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        while self._hear(0.1):  # what it had said before
            pass
        self.link.close()
        self.buffer = b""
        self.report.kills += 1
        left = list(self.sent_at)
        self.random.shuffle(left)
        self.waiting.extendleft(left)
        self.sent_at.clear()
        self.pid, self.link = fork(self.folder)


def run(plan: Plan, folder: Path) -> Report:
    begun = time.monotonic()
    folder.mkdir(parents=True, exist_ok=True)
    random = Random(plan.seed)
    companies = tuple(catalogue().companies)[:_EACH]
    report = Report(plan, unique=int(plan.count * (1 - plan.duplicates)))
    made = updates(report.unique, companies)
    due = deliveries(plan, made, random)
    sending = Sending(plan, folder, due, random, report)
    sending.run()
    acked = {key_of(due[number], TENANT) for number in sending.acked}
    _compare(report, folder, made, companies, acked)
    if sending.took:
        report.slowest = sorted(sending.took)[int(len(sending.took) * 0.99)]
    report.seconds = time.monotonic() - begun
    return report


def _compare(
    report: Report, folder: Path, made: list[Json], companies: tuple[str, ...], acked: set[str]
) -> None:
    ledger = open_ledger(folder, read_only=True)
    for at in range(0, len(made), _EACH):
        subscriber = ledger.subscriber(Chat("telegram", TENANT, str(at // _EACH + 1)))
        follows = set(subscriber.follows) if subscriber else set()
        asked = zip(made[at : at + _EACH], companies, strict=False)
        report.lost += sum(key_of(one, TENANT) in acked and name not in follows for one, name in asked)
    report.left = len(ledger.unhandled(limit=1_000_000))
    ledger.close()
    _read_trace(report, folder / "trace", made)
    unasked = len(made) - len(acked)
    checks = {
        f"{report.lost} acknowledged and lost": report.lost == 0,
        f"{report.double} double effects": report.double == 0,
        f"{report.left} left unhandled": report.left == 0,
        f"{unasked} never acknowledged": unasked == 0,
        f"{report.kills} kills of {report.plan.kills}": report.kills == report.plan.kills,
        f"{report.again} begun again, in hand were {report.in_hand}": report.again <= report.in_hand,
    }
    report.wrong += [name for name, held in checks.items() if not held]


def _read_trace(report: Report, path: Path, made: list[Json]) -> None:
    """Begun after its end, or twice in one life, is double; begun again in a later life is the price
    of a kill, and there are no more of those than were in hand then.
    """
    names = {_effect(one): key_of(one, TENANT) for one in made}
    ended: set[str] = set()
    begun: Counter[str] = Counter()
    ever: set[str] = set()
    for row in path.read_text().splitlines():
        what, _, rest = row.partition(" ")
        if what == "life":
            report.in_hand += sum(key not in ended for key in begun)
            begun.clear()
        elif what == "e":
            ended.add(rest)
        else:
            key = names[rest]
            report.double += key in ended or key in begun
            report.again += key in ever and key not in ended
            begun[key] += 1
            ever.add(key)


def _effect(update: Json) -> str:
    inner = update.get("message") or update["callback_query"]
    text = inner.get("text") or inner["data"]
    chat = inner.get("chat") or inner["message"]["chat"]
    return f"{chat['id']} {text.split()[1]}"


def proof(folder: Path, seed: int, until: float) -> Iterator[Report]:
    """As tests.chaos runs it: the whole of it."""
    del until
    yield run(Plan(seed=seed), folder)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.inbound")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--kills", type=int, default=50)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="jianbao-inbound-"))
    try:
        report = run(Plan(count=options.count, kills=options.kills, seed=options.seed), folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    sys.stdout.write(f"{report}\n")
    return 1 if report.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
