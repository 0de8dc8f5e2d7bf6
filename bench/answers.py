"""What an answer costs us: `python -m bench.answers [--stories 100000] [--quick]`.

From what the platform's library hands over (Telegram) or what came by HTTP (Slack) to what goes out,
over a store of made-up stories about the companies that the catalogue knows, beside what
python-telegram-bot and slack-bolt spend on handing over an update that nobody answers. Processor
time (of Slack commands the time on the wall, since Bolt sleeps), in one process, in turns; no network,
and not the two writes that keep an update until it is answered, whose time is the disk's.

The questions are what people ask in a week: for companies as often as they stand in stories (Zipf).
Most have been asked before and are kept; "the first after a change" is what they cost to make.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import accumulate, islice
from pathlib import Path
from typing import Any

from telegram import Update

from bench.answers_peers import (
    bolt_dispatch,
    ptb_dispatch,
    slack_command,
    slash,
    telegram_json,
    telegram_update,
)
from bench.contenders import Ours
from bench.corpus import COMMON, documents
from bench.store import percentile
from bot import garbage
from bot.slack_render import filled, flat
from bot.slack_words import for_slack
from bot.telegram_asking import answered
from bot.telegram_form import call_of
from bot.telegram_inbound import Heard, Me, event_of
from bot.telegram_render import loads, parts
from handlers.answer import answer
from handlers.buttons import payload
from handlers.message import Ask, Button, Reply
from store.bundle import Store
from store.catalogue import Catalogue, load
from store.model import Chat, Subscriber
from store.sqlite import open_ledger
from tests.build import NOON

ANSWER = "ours: an update to Telegram's HTML and buttons"
SLACK = "ours: a signed Slack command to blocks"
BOLT = "slack-bolt: a command to its ack"

CHATS = tuple(Chat("telegram", "4242", str(1000 + number)) for number in range(50))
ME = Me("4242", "jianbao_bot", frozenset())
GOAL_ANSWER, GOAL_SLACK = 0.1, 0.5


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: what is done with each thing that comes, and by which clock."""

    feed: Iterator[Any]
    once: Callable[[Any], Awaitable[object]]
    clock: Callable[[], float] = time.process_time


def corpus(count: int, catalogue: Catalogue) -> Iterator[dict[str, Any]]:
    """The made-up stories, about companies of the catalogue, with three figures each."""
    known = ["meituan", "tencent", *catalogue.companies]
    for number, document in enumerate(documents(count)):
        mentions = document["mentions"]
        for mention in mentions:
            mention[0] = known[int(mention[0].rpartition("-")[2]) % len(known)]
        body = document["body"]
        document["figures"] = [
            {
                "raw": f"{number % 900 + 10}억 위안",
                "value": str((number % 900 + 10) * 10**8),
                "unit": "CNY",
                "span": [place, place + 6],
                "sentence": body[place : place + 60],
            }
            for place in (10, 80, 150)
        ]
        yield document


def built(folder: Path, count: int) -> Store:
    """An open store of `count` stories, the newest edition published, every chat with settings."""
    catalogue = load()
    maker = Ours(folder)
    maker.build(corpus(count, catalogue))
    maker.open()
    ledger = open_ledger(folder)
    store = Store(maker.library, ledger, catalogue)
    for chat in CHATS:
        ledger.put_subscriber(Subscriber(chat, language="ko", follows=("meituan", "tencent")))
    library = store.library
    library.publish_edition(library.editions(limit=1)[0].id, NOON - timedelta(days=1))
    return store


def questions(store: Store, chance: random.Random) -> Iterator[str]:
    """What people ask, without end: mostly for companies, by name, as often as they are in the news."""
    counts = store.library.company_counts()
    names = [store.catalogue.companies[id_].name("ko") for id_ in counts if id_ in store.catalogue.companies]
    weights = list(accumulate(counts[id_] for id_ in counts if id_ in store.catalogue.companies))
    newest = store.library.editions(limit=1)[0].story_ids
    kinds = ("/company {}", "{}", "/figures {}", "/story", "/latest", "/search", "/companies", "/help")
    for kind in iter(lambda: chance.choices(kinds, (40, 15, 8, 12, 12, 8, 3, 2))[0], None):
        match kind:
            case "/story":
                yield f"/story {chance.choice(newest)}"
            case "/search":
                yield f"/search {chance.choice(COMMON)}"
            case _:
                yield kind.format(chance.choices(names, cum_weights=weights)[0])


class Answering:
    """The way of one answer, without doors: Ask, Reply, what is sent."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._chat = 0

    def chat(self) -> Chat:
        self._chat += 1
        return CHATS[self._chat % len(CHATS)]

    async def reply(self, text: str) -> Reply:
        return await self._answered(Ask(text, self.chat(), NOON))

    async def _answered(self, ask: Ask) -> Reply:
        found = await answer(ask, self._store, manages=_manages)
        assert found is not None
        assert "failed" not in found.tags
        return found

    async def telegram(self, update: Update) -> object:
        """The bodies of the requests to Telegram: HTML, and a payload behind every button."""
        heard = event_of(update, ME, NOON)
        assert isinstance(heard, Heard)
        reply = await self._answered(answered(heard, self._store))
        made = map(loads, parts(reply, ME.username))
        chat = CHATS[0]
        return [call_of(chat, part, self._payload, silent=False, paid=False) for part in made]

    async def slack(self, text: str) -> object:
        """The messages as Slack gets them."""
        reply = for_slack(await self.reply(text), "/jianbao")
        return [filled(part, self._payload) for part in flat(reply)]

    def _payload(self, button: Button) -> str:
        return payload(button, CHATS[0], self._store, NOON)


async def _manages(ask: Ask) -> bool:
    del ask
    return True


async def timed(row: Row, times: int) -> list[float]:
    """Milliseconds of each call: of the processor, or on the wall where it also waits. What comes is made
    before.
    """
    took = []
    for given in list(islice(row.feed, times)):
        begin = row.clock()
        await row.once(given)
        took.append((row.clock() - begin) * 1000)
    return took


async def measure(store: Store, *, quick: bool) -> dict[str, list[float]]:
    """What each row of the table took."""
    ours = Answering(store)
    usual = questions(store, random.Random(1))
    updates = (telegram_update(int(ours.chat().id), text) for text in usual)
    for _ in range(3000):
        await ours.telegram(next(updates))
        await ours.slack(next(usual))
    garbage.seldom()  # as the bot does after its start
    wall = time.perf_counter
    commands = slash(map(_command, usual), NOON)
    rows = {
        "ours: text to Reply": Row(usual, ours.reply),
        ANSWER: Row(updates, ours.telegram),
        "ours: text to Slack's blocks": Row(usual, ours.slack),
        SLACK: Row(commands, await slack_command(ours.slack, NOON), wall),
        "python-telegram-bot: JSON to a handler": Row(telegram_json(usual), await ptb_dispatch()),
        BOLT: Row(slash(map(_command, usual), NOON), await bolt_dispatch(), wall),
    }
    took: dict[str, list[float]] = {name: [] for name in rows}
    for _ in range(3 if quick else 15):
        for name, row in rows.items():
            took[name] += await timed(row, 20 if name == BOLT else 200)
    took["ours: the first after a change, to Slack's blocks"] = await _first(store, ours, usual, quick=quick)
    return took


async def _first(store: Store, ours: Answering, usual: Iterator[str], *, quick: bool) -> list[float]:
    """Questions right after the stories changed: nothing that was kept is true any more."""
    library = store.library
    story = library.stories_of(library.editions(limit=1)[0].id)[-1]
    took = []
    for number in range(50 if quick else 200):
        library.put_story(replace(story, title=f"{story.title} {number}"))
        took += await timed(Row(usual, ours.slack), 1)
    return took


def _command(text: str) -> str:
    return text if text.startswith("/") else f"company {text}"


def main() -> int:
    """The table; 1 when a goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.answers")
    parser.add_argument("--stories", type=int, default=100_000)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    stories = min(options.stories, 5000) if options.quick else options.stories
    with tempfile.TemporaryDirectory() as folder:
        print(f"building {stories:,} stories ...", file=sys.stderr, flush=True)
        store = built(Path(folder), stories)
        took = asyncio.run(measure(store, quick=options.quick))
    print(f"{stories:,} stories, milliseconds, one process, in turns")
    print(f"{'':49} {'p50':>8} {'p90':>8} {'p99':>8}")
    for name, values in took.items():
        shares = (percentile(values, share) for share in (0.5, 0.9, 0.99))
        print(f"{name:49} " + " ".join(f"{value:8.3f}" for value in shares))
    answer, slack, bolt = (percentile(took[name], 0.5) for name in (ANSWER, SLACK, BOLT))
    print(f"an answer: {answer:.3f} of {GOAL_ANSWER} ms allowed at the median")
    print(f"a Slack command: {slack:.3f} of {GOAL_SLACK} ms allowed; Bolt's dispatch alone takes {bolt:.1f}")
    return 0 if answer <= GOAL_ANSWER and slack <= GOAL_SLACK else 1


if __name__ == "__main__":
    sys.exit(main())
