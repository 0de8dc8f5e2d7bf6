"""What an answer costs us: `python -m bench.answers [--stories 100000] [--quick]`.

The handlers' own share (from command text to Reply, to Telegram's HTML, to Slack's blocks) over a
store of made-up stories about the companies that the catalogue knows, beside what
python-telegram-bot and slack-bolt spend on handing over an update that nobody answers. Processor
time (of Slack commands the time on the wall, since Bolt sleeps), in one process, in turns; no
network, and nothing that is synced to a disk.

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
from dataclasses import replace
from datetime import timedelta
from itertools import accumulate
from pathlib import Path
from typing import Any

from bench.answers_peers import bolt_dispatch, ptb_dispatch, slack_command, slash
from bench.contenders import Ours
from bench.corpus import COMMON, documents
from bench.store import percentile
from bot.telegram_render import Part
from handlers.buttons import payload
from handlers.message import Ask, Reply
from store.bundle import Store
from store.catalogue import Catalogue, load
from store.model import Chat, Subscriber
from store.sqlite import open_ledger
from tests.build import NOON

Once = Callable[[], Awaitable[object]]

CHATS = tuple(Chat("telegram", "4242", str(1000 + number)) for number in range(50))
GOAL_ANSWER, GOAL_SLACK = 0.1, 0.5


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

    async def reply(self, text: str) -> Reply:
        from handlers.answer import answer

        self._chat += 1
        ask = Ask(text, CHATS[self._chat % len(CHATS)], NOON)
        found = await answer(ask, self._store, manages=_manages)
        assert found is not None
        assert "failed" not in found.tags
        return found

    async def telegram(self, text: str) -> object:
        """The message as Telegram gets it: HTML, and a payload behind every button."""
        from bot.telegram_render import loads, parts

        reply = await self.reply(text)
        return [self._filled(loads(part)) for part in parts(reply)]

    def _filled(self, part: Part) -> tuple[str, list[list[str]]]:
        rows = [[b.url or payload(b, CHATS[0], self._store, NOON) for b in row] for row in part.rows]
        return part.html, rows

    async def slack(self, text: str) -> object:
        """The messages as Slack gets them."""
        from bot.slack_render import filled, flat
        from bot.slack_words import for_slack

        reply = for_slack(await self.reply(text), "/jianbao")
        return [
            filled(part, lambda button: payload(button, CHATS[0], self._store, NOON)) for part in flat(reply)
        ]


async def _manages(ask: Ask) -> bool:
    del ask
    return True


async def timed(once: Once, count: int, clock: Callable[[], float] = time.process_time) -> list[float]:
    """Milliseconds of each call: of the processor, or on the wall where it also waits."""
    took = []
    for _ in range(count):
        begin = clock()
        await once()
        took.append((clock() - begin) * 1000)
    return took


async def measure(store: Store, *, quick: bool) -> dict[str, list[float]]:
    """What each row of the table took."""
    ours = Answering(store)
    usual = questions(store, random.Random(1))
    for _ in range(3000):
        await ours.telegram(next(usual))
        await ours.slack(next(usual))
    rows: dict[str, Once] = {
        "ours: text to Reply": lambda: ours.reply(next(usual)),
        "ours: text to Telegram's HTML and buttons": lambda: ours.telegram(next(usual)),
        "ours: text to Slack's blocks": lambda: ours.slack(next(usual)),
        "ours: a signed Slack command to blocks": await slack_command(
            slash(map(_command, usual), NOON), ours.slack, NOON
        ),
        "python-telegram-bot: JSON to a handler": await ptb_dispatch(),
        "slack-bolt: a command to its ack": await bolt_dispatch(slash(map(_command, usual), NOON)),
    }
    took: dict[str, list[float]] = {name: [] for name in rows}
    for _ in range(3 if quick else 15):
        for name, once in rows.items():
            waits = "Slack command" in name or "bolt" in name
            clock = time.perf_counter if waits else time.process_time
            took[name] += await timed(once, 20 if "bolt" in name else 200, clock)
    took |= await _first(store, ours, usual, 100 if quick else 400)
    return took


async def _first(store: Store, ours: Answering, usual: Iterator[str], count: int) -> dict[str, list[float]]:
    """Questions right after the stories changed: nothing that was kept is true any more."""
    library = store.library
    story = library.stories_of(library.editions(limit=1)[0].id)[-1]
    took = []
    for number in range(count):
        library.put_story(replace(story, title=f"{story.title} {number}"))
        took += await timed(lambda: ours.telegram(next(usual)), 1)
    return {"ours: the first after a change, to HTML": took}


def _command(text: str) -> str:
    return text if text.startswith("/") else f"company {text}"


def main() -> int:
    """The table; 1 when a goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.answers")
    parser.add_argument("--stories", type=int, default=100_000)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    count = min(options.stories, 5000) if options.quick else options.stories
    with tempfile.TemporaryDirectory() as folder:
        print(f"building {count:,} stories ...", file=sys.stderr, flush=True)
        store = built(Path(folder), count)
        took = asyncio.run(measure(store, quick=options.quick))
    print(f"{count:,} stories, milliseconds, one process, in turns")
    print(f"{'':44} {'p50':>8} {'p90':>8} {'p99':>8}")
    for name, values in took.items():
        shares = (percentile(values, share) for share in (0.5, 0.9, 0.99))
        print(f"{name:44} " + " ".join(f"{value:8.3f}" for value in shares))
    answer = percentile(took["ours: text to Telegram's HTML and buttons"], 0.5)
    slack = percentile(took["ours: a signed Slack command to blocks"], 0.5)
    bolt = percentile(took["slack-bolt: a command to its ack"], 0.5)
    print(f"an answer: {answer:.3f} of {GOAL_ANSWER} ms allowed at the median")
    print(f"a Slack command: {slack:.3f} of {GOAL_SLACK} ms allowed; Bolt's dispatch alone takes {bolt:.1f}")
    return 0 if answer <= GOAL_ANSWER and slack <= GOAL_SLACK else 1


if __name__ == "__main__":
    sys.exit(main())
