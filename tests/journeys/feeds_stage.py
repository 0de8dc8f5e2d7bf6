"""The stage for the newsroom's journeys: the whole App over real stores, feeds on a loopback site read by
the real fetcher and processes, both strict platforms, and a clock that moves when told to.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from xml.sax.saxutils import escape

from bot.app import App, open_store
from bot.feed_look import look, read_page
from bot.feed_notices import tell_admins, tell_proposers
from bot.feed_pool import FeedPool
from bot.feeds import FeedReader
from bot.fetch_feeds import FeedFetcher
from bot.settings import Settings
from bot.slack import SlackDoor
from bot.web import PATH, WebServer
from store.bundle import Editor, Page
from store.feeds import Entry, Feed, Feeds, Seen
from tests.fakes.slack import BOT, BOT_TOKEN, SECRET, FakeSlack, Message as SlackMessage, People
from tests.fakes.telegram import FakeTelegram, Message, Room
from tests.feed_site import FeedSite, answer, feed_site
from tests.journeys.telegram_stage import CHIEF, FRIDAY, Stage
from tests.wire import wire

SATURDAY = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SUNDAY = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
"""Behind every entry of the press; an edition is due eleven hours later."""


class Newsroom(Stage):
    """`site` has the press as feeds; `read` brings what is due and lets the bot's clock ring."""

    def __init__(self, fake: FakeTelegram, folder: Path, site: FeedSite, editor: Editor) -> None:
        self.site = site
        self.settings = Settings(
            data=folder,
            fetch_allow=site.allow,
            editor=editor,
            admins=frozenset({f"telegram:{CHIEF.id}", "slack:T1/U1"}),
        )
        super().__init__(fake, folder)

    def _opened(self) -> App:
        """The App as it is opened; readers have time enough, whatever else the machine does."""
        allow = self.site.allow

        async def look_at(url: str) -> Seen:
            return await look(url, allow=allow, now=self.now, seconds=60)

        async def page_at(url: str) -> Page:
            return await read_page(url, allow=allow, seconds=60)

        store = replace(open_store(self.settings, clock=self.clock), look=look_at, page=page_at)
        return App(self.settings, store, clock=self.clock)

    @property
    def feeds(self) -> Feeds:
        assert self.store.feeds is not None
        return self.store.feeds

    def feed(self, path: str) -> Feed:
        found = self.feeds.feed_at(self.site.url(path))
        assert found is not None
        return found

    async def read(self) -> None:
        """Every feed that is due is read to its end, and what came is understood."""
        fetcher, pool = FeedFetcher(allow=self.site.allow, gap=0.0, deadline=10), FeedPool(1, seconds=60)
        try:
            await FeedReader(self.feeds, fetcher, pool, clock=self.clock).read_due()
        finally:
            await fetcher.close()
            await pool.close()
        await self.passes(self.now)

    async def told(self, text: str, **more: object) -> Message:
        """What the editor is answered in private."""
        return await self.say(self.fake.private(CHIEF), CHIEF, text, **more)

    async def pressed(self, message: Message, label: str) -> Message:
        """The editor's message after a press: it edits itself, or a new one comes."""
        room = self.fake.private(CHIEF)
        before, edits = len(self.fake.sent(room)), message.edits
        self.fake.press(room, CHIEF, message, label)
        await self.fake.until(lambda: len(self.fake.sent(room)) > before or message.edits > edits)
        return message if message.edits > edits else self.fake.sent(room)[-1]

    async def noticed(self) -> list[Message]:
        """What administrators are told by themselves now."""
        room: Room = self.fake.private(CHIEF)
        self.fake.met.add(CHIEF.id)
        before = len(self.fake.sent(room))
        await tell_admins(self.app)
        await tell_proposers(self.app)
        return self.fake.sent(room)[before:]


def document(entries: Iterable[Entry], title: str) -> bytes:
    """Entries as RSS."""
    items = "".join(
        f"<item><title>{escape(e.title)}</title><link>{escape(e.url)}</link>"
        f"<guid isPermaLink='false'>{e.guid}</guid><description>{escape(e.text)}</description>"
        f"<pubDate>{format_datetime(e.published or FRIDAY)}"
        "</pubDate></item>"
        for e in entries
    )
    return f"<rss version='2.0'><channel><title>{title}</title>{items}</channel></rss>".encode()


def with_press(site: FeedSite) -> list[str]:
    """The labelled entries as three feeds of the site, the newest first; their paths."""
    every = sorted(wire(), key=lambda entry: -int(entry.id))
    for number in range(3):
        body = document(every[number::3], f"소식 {number}")
        site.pages[f"/feed-{number}"] = answer(body, Content_Type="application/rss+xml")
    return sorted(site.pages)


def article(title: str) -> bytes:
    """A page with an article."""
    text = "메이투안이 선전에서 배달 로봇을 시험한다고 밝혔다. " * 9
    return (
        f"<html><head><title>{title}</title></head><body><h1>{title}</h1><p>{text}</p></body></html>".encode()
    )


def opml(site: FeedSite, paths: Iterable[str]) -> bytes:
    """A list of feeds as another reader exports it."""
    lines = "".join(f"<outline type='rss' text='{p}' xmlUrl='{site.url(p)}'/>" for p in paths)
    return f"<?xml version='1.0'?><opml version='2.0'><head/><body>{lines}</body></opml>".encode()


@asynccontextmanager
async def a_newsroom(folder: Path, *, editor: Editor = "") -> AsyncIterator[Newsroom]:
    """Open at noon on a Friday in Seoul; nothing may have gone wrong unseen at the end."""
    async with feed_site() as site, FakeTelegram(lambda: FRIDAY, flood=True) as fake:
        stage = Newsroom(fake, folder, site, editor)
        await stage.door.start()
        try:
            yield stage
        finally:
            await stage.app.close()
    assert not fake.mistakes, fake.mistakes


class OnSlack:
    """The same bot's Slack: U1 runs it and writes to it in private, C1 is a channel."""

    def __init__(self, slack: FakeSlack, people: People, door: SlackDoor) -> None:
        self.slack, self.people, self.door = slack, people, door

    async def told(self, text: str, *, user: str = "U1", **more: object) -> SlackMessage:
        before = len(self.slack.world.messages)
        assert (await self.people.direct(text, user=user, **more)).status == 200  # type: ignore[arg-type]
        return await self._answer(before)

    async def pressed(self, message: SlackMessage, label: str, *, user: str = "U1") -> SlackMessage:
        before, edits = len(self.slack.world.messages), message.edits
        assert (await self.people.press(message, label, user=user)).status == 200
        await self.door.settled()
        return message if message.edits > edits else self._last(before)

    async def _answer(self, before: int) -> SlackMessage:
        await self.door.settled()
        return self._last(before)

    def _last(self, before: int) -> SlackMessage:
        said = [m for m in self.slack.world.messages[before:] if m.user == BOT]
        assert said
        return said[-1]


@asynccontextmanager
async def on_slack(stage: Newsroom) -> AsyncIterator[OnSlack]:
    """Slack beside Telegram, over signed HTTP, on the stage's App."""
    async with FakeSlack(stage.clock) as slack:
        door = SlackDoor(
            BOT_TOKEN,
            signing_secret=SECRET,
            api_base=slack.api_base,
            store=stage.store,
            answer=stage.app.answer,
            clock=stage.clock,
            admins=stage.settings.admins,
            pause=stage.pause,
        )
        await door.start()
        stage.app.add_door(door)
        web = WebServer(("127.0.0.1", 0), door, clock=stage.clock)
        await web.start()
        people = People(slack)
        people.address = f"http://127.0.0.1:{web.address[1]}{PATH}"
        for user in ("U1", "U2"):
            slack.user(user)
            slack.world.direct(user)
        slack.channel("C1", members={"U1", "U2"})
        try:
            yield OnSlack(slack, people, door)
        finally:
            await web.stop()
