"""How long the event loop waits while the newsroom works: `python -m bench.draft [ENTRIES]`.

Invented entries of a week (four outlets in three languages a story), four editions before them, and 1,000
chats that follow companies. Another task takes its turn beside each piece of work. What is told is the
time between two of its turns, which is what an answer would have waited: that of this thread's processor,
and on the clock, which counts what other threads and the machine's other work take away, too.
"""

from __future__ import annotations

# ruff: noqa: E501
import asyncio
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from handlers.dates import week_dates
from handlers.figures import figures
from handlers.mentions import mentions
from handlers.newsroom.desk import Desk, draft_of, publish_due
from handlers.publish import publish
from handlers.words import say
from store.bundle import Defaults, Store
from store.catalogue import Catalogue, load
from store.feeds import Entry
from store.model import Chat, Edition, Story, Subscriber, SubscriberState
from store.sqlite import open_ledger
from store.tiny import open_library
from store.tiny_feeds import open_feeds

SUNDAY = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DUE = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)
EDITIONS, CHATS = 4, 1000
_SAID = {
    "ko": ("{name}, {place}에 {count}억 위안 투자", "{name}{eun} {place}에 {count}억 위안을 들여 공장을 짓는다고 밝혔다. "),
    "en": ("{name} to invest {count}00 million yuan in {place}", "{name} said it will spend {count}00 million yuan on a plant in {place}. "),
    "zh": ("{name}将在{place}投资{count}亿元", "{name}表示，将投入{count}亿元在{place}建设新工厂。"),
}  # fmt: skip
_WORDS = {
    "ko": "업계는 이번 결정이 공급망 전체에 영향을 줄 것으로 본다 회사는 내년 상반기에 첫 제품을 내놓을 계획이며 지방 정부도 땅과 세금을 "
    "지원한다고 알려졌다 전문가들은 경쟁이 치열해지면서 값이 내려갈 수 있다고 말했다 다만 수요가 얼마나 늘지는 아직 분명하지 않다",
    "en": "analysts expect the decision to reach whole supply chains while first products are planned for next spring and "
    "local officials offered land with lower taxes experts warned that prices could drop as rivals crowd in though demand "
    "remains unclear because buyers wait until new rules arrive",
    "zh": "业内人士 认为 这一决定 将影响 整个供应链 公司计划 明年上半年 推出首批 产品 当地政府 提供土地 以及税收 优惠 专家表示 "
    "随着竞争 加剧 价格可能 下降 不过需求 是否增长 仍不明朗 消费者 正在等待 新的规定",
}
_PLACES = {"ko": ("상하이", "선전", "항저우"), "en": ("Shanghai", "Shenzhen", "Hangzhou"), "zh": ("上海", "深圳", "杭州")}  # fmt: skip
_JOINS = {"ko": " ", "en": " ", "zh": "，"}
_OUTLETS = (("shenke", "zh"), ("asiaticwire", "en"), ("khan-tech", "ko"), ("hangzhoubao", "zh"))


def invented(count: int, seed: int = 7) -> Iterator[Entry]:
    """Entries of the week before SUNDAY, in the order of arrival."""
    draw, catalogue = random.Random(seed), load()
    known = [c for c in catalogue.companies.values() if c.kind == "company" and c.ko and c.en]
    for number in range(count):
        story, (outlet, language) = number // 4, _OUTLETS[number % 4]
        company = known[story * 7 % len(known)]
        words = {
            "name": company.name(language),  # type: ignore[arg-type]
            "place": _PLACES[language][story % 3],
            "count": 3 + story,
            "eun": "는",
        }
        title, text = (each.format(**words) for each in _SAID[language])
        text += _JOINS[language].join(draw.choices(_WORDS[language].split(), k=100))
        at = SUNDAY - timedelta(days=6) + timedelta(days=6) * number / count
        url = f"https://{outlet}.example/{number}"
        yield Entry(
            "", str(number % 4), f"g{number}-{draw.random()}", url, url, title, text, at, published=at
        )


def editions(catalogue: Catalogue) -> Iterator[tuple[Edition, tuple[Story, ...]]]:
    """Fifteen stories a week before."""
    every = list(invented(EDITIONS * 60, seed=3))
    for number in range(EDITIONS):
        week, at = f"2026-W{44 + number}", SUNDAY - timedelta(days=7 * (EDITIONS - number))
        stories = tuple(
            Story(
                id=f"{week}-{order}", kind="story", title=f"{each.title} ({week})", body=each.text, language="zh",
                edition=week, order=order, source_url=f"{each.url}/{week}", published=at,
                mentions=mentions(each.title, each.text, catalogue), figures=figures(each.title, each.text),
            )
            for order, each in enumerate(every[number * 60 : number * 60 + 60 : 4], 1)
        )  # fmt: skip
        yield (
            Edition(week, number, week, tuple(s.id for s in stories), "zh", imported_at=at, source=""),
            stories,
        )


def a_store(folder: Path, count: int) -> Store:
    """A store with everything that a draft looks at; its entries wait to be read."""
    defaults = Defaults(editor="none")
    store = Store(open_library(folder), open_ledger(folder), load(), defaults, feeds=open_feeds(folder))
    for edition, stories in editions(store.catalogue):
        store.library.put_edition(edition, stories)
        publish(edition.id, store.library, now=edition.imported_at)
    names = sorted(store.catalogue.companies)
    for chat in range(CHATS):
        follows = tuple(names[(chat * 13 + each) % len(names)] for each in range(5))
        store.ledger.put_subscriber(
            Subscriber(Chat("telegram", "1", str(chat)), follows=follows, state=SubscriberState.ACTIVE)
        )
    assert store.feeds is not None
    assert len(store.feeds.put([], list(invented(count)))) == count
    return store


@dataclass
class Stalls:
    """Milliseconds between two turns of another task, by the thread's processor and on the clock."""

    processor: list[float] = field(default_factory=list)
    clock: list[float] = field(default_factory=list)
    seconds: float = 0.0


async def measured(work: Callable[[], Awaitable[object]]) -> Stalls:
    """How the loop stalls while this is done."""
    found, done = Stalls(), False

    async def beside() -> None:
        last = time.thread_time(), time.perf_counter()
        while not done:
            await asyncio.sleep(0)
            now = time.thread_time(), time.perf_counter()
            found.processor.append(1000 * (now[0] - last[0]))
            found.clock.append(1000 * (now[1] - last[1]))
            last = now

    task = asyncio.create_task(beside())
    await asyncio.sleep(0)
    begin = time.process_time()
    await work()
    found.seconds = time.process_time() - begin
    done = True
    await task
    return found


async def _rows(store: Store) -> AsyncIterator[tuple[str, Stalls]]:
    async def read(desk: Desk) -> None:
        while await desk.step_aside(SUNDAY):
            pass

    async def restore() -> None:
        desk = Desk(store)
        address = "https://late.example/1"
        late = replace(next(invented(1)), url=address, canonical_url=address, guid="late", seen_at=SUNDAY)
        assert store.feeds is not None
        store.feeds.put([], [replace(late, title=f"{late.title} (late)")])
        await read(desk)

    week_dates("2026-W48", "ko")  # what the first answers of a process import and load
    say("newsroom.title_plain", "ko", dates="")
    for _ in range(20):
        Desk(store).step(SUNDAY)
    yield "entries read and grouped", await measured(lambda: read(Desk(store)))
    yield "groups again after a start", await measured(restore)
    yield "draft", await measured(lambda: draft_of(store, now=SUNDAY))
    yield "published by the clock", await measured(lambda: publish_due(store, now=DUE))
    assert len(store.library.editions(limit=10)) == EDITIONS + 1


async def _main(count: int) -> None:
    print(f"{count} entries of a week, {EDITIONS} editions, {CHATS} chats; processor time")
    print(f"{'':28}{'longest ms':>11}{'p99':>7}{'clock: longest':>16}{'p99':>7}{'all s':>8}")
    with tempfile.TemporaryDirectory() as folder:
        store = a_store(Path(folder), count)
        async for name, found in _rows(store):
            longest, late = (
                (max(found.processor), max(found.clock)),
                (_late(found.processor), _late(found.clock)),
            )
            print(
                f"{name:28}{longest[0]:11.1f}{late[0]:7.1f}{longest[1]:16.1f}{late[1]:7.1f}{found.seconds:8.2f}"
            )


def _late(gaps: list[float]) -> float:
    """The 99th percentile of what is waited: each millisecond of a stall counts as much as another."""
    total, seen = sum(gaps), 0.0
    for gap in sorted(gaps):
        seen += gap
        if seen >= 0.99 * total:
            return gap
    return 0.0


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000))
