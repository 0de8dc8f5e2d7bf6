"""The composition root: settings in, an open store, doors and the answering function out.

Everything real is made here and nowhere else; tests make an App with their own clock and doors.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from bot.alarm import alarm, private_chats
from bot.newsroom import Newsroom
from bot.settings import Settings
from handlers.door import Door
from handlers.language import reply_language
from handlers.limits import FloodGate, Pacer
from handlers.message import Ask, Button, Buttons, Card, Manages, Reply, Text, line
from handlers.words import say
from store.bundle import Defaults, Fetch, Fetched, Page, ReadPage, Store
from store.catalogue import CatalogueError
from store.feeds import Feeds, Look, Seen
from store.library import Library
from store.model import Chat, Platform
from store.names import Names
from store.sqlite import open_ledger
from store.tiny import open_library
from store.tiny_feeds import open_feeds

if TYPE_CHECKING:
    from handlers.deliver import Drained
    from handlers.editing import Editing
    from handlers.reread import Rereading

log = logging.getLogger(__name__)

_COMPACT_SLICE = 0.001  # seconds of housekeeping between two looks at the event loop
_READ_SLICE = 0.002  # seconds of reading past stories again between two looks
_READ_TURN = 0.05  # seconds of it in one tick: what is due goes first


def now_utc() -> datetime:
    return datetime.now(UTC)


class App:
    """One open data folder, its doors, and the verbs bound to them.

    `answer` is what every door calls. `tick` does all that is due; it is safe to call at any
    time and as often as one likes, because what is due is data.
    """

    def __init__(self, settings: Settings, store: Store, *, clock: Callable[[], datetime] = now_utc) -> None:
        self.settings = settings
        self.store = store
        self.clock = clock
        self.doors: dict[Platform, Door] = {}
        self.pacer = Pacer({})
        self.gate = FloodGate()
        self.trouble = ""  # why nothing may be sent any more, for /healthz and the exit code
        self.busy = asyncio.Lock()
        self.background: set[asyncio.Task[None]] = set()
        self._pruned = datetime.min.replace(tzinfo=UTC)
        self._rereading: Rereading | None = None
        self._newsroom = Newsroom(self)
        self._names_trouble = ""
        self._editing: Editing | None = None

    def add_door(self, door: Door) -> None:
        self.doors[door.platform] = door
        self.pacer.rates[door.platform] = door.rates
        self.store.renderers[door.platform] = door.parts

    def is_admin(self, chat: Chat, user: str) -> bool:
        """Whether settings name this person; the console's own user always is one."""
        if chat.platform == "console":
            return True
        name = f"{chat.tenant.rsplit('/', 1)[-1]}/{user}" if chat.platform == "slack" else user
        return bool(user) and f"{chat.platform}:{name}" in self.settings.admins

    async def answer(self, ask: Ask, manages: Manages) -> Reply | None:
        """The answer to a person, behind the flood gate. Never raises."""
        from handlers.answer import answer, overheard

        if overheard(ask):
            return None
        verdict = "yes" if ask.admin else self.gate.admit(ask.chat, ask.user, ask.now)
        if verdict == "no":
            return None
        if verdict == "tell":
            language = reply_language(ask, self.store)
            busy = Text(line(say("cli.busy", language)))
            return Reply((busy,), language, whisper=True, tags={"refused": "cli.busy"})
        return await answer(ask, self.store, manages=manages)

    async def answer_typed(self, ask: Ask, manages: Manages) -> Reply | None:
        """The answer where nothing can be pressed: typing a signed button's own words presses it."""
        from handlers.buttons import payload

        reply = await self.answer(ask, manages)
        button = next((b for b in _signed(reply) if b.command == ask.text), None)
        if button is None:
            return reply
        pressed = payload(button, ask.chat, self.store, ask.now)
        return await self.answer(replace(ask, text=pressed, pressed=True), manages)

    def recover(self) -> None:
        """After a start: settle what a killed process left in the air. What Slack may have is looked
        up there by the first drains.
        """
        from handlers.deliver import recover

        looked_up: tuple[Platform, ...] = ("slack",) if self.settings.slack else ()
        recover(self.store, now=self.clock(), reads_back=looked_up)

    async def tick(self) -> Drained:
        """Plan what is due, deliver it, keep house; after an earlier tick that still runs."""
        from handlers.ahead import SLICE, ahead
        from handlers.deliver import drain
        from handlers.holds import watch
        from handlers.weekly import plan

        async with self.busy:
            watch(self.store, now=self.clock())
            unread = await self._newsroom.work(_READ_TURN)
            editing = self._editors()
            await editing.before_the_push(lambda: private_chats(self))
            planned = plan(self.store, now=self.clock(), limit=SLICE)
            tended = self._tend()
            more_of_it = ahead(self.store, self.clock)
            drained = await drain(self.store, self.doors, self.pacer, clock=self.clock, ahead=more_of_it)
            for platform, tenant in drained.stopped:
                log.error("%s:%s refuses the bot's credentials; its pushes wait", platform, tenant)
            for name in drained.paused:
                log.error("too many chats of %s refuse; their pushes wait for /retry paused", name)
            if drained.held:
                log.error("all pushes are held (%s): they wait for /retry hold-over", drained.held)
            drained = replace(drained, next_at=await editing.behind_the_push(drained.next_at))
            await self._keep_house()
            more = unread or await self.reread(_READ_TURN) or len(planned.booked) >= SLICE
            soonest = min((at for at in (drained.next_at, tended) if at is not None), default=None)
            return replace(drained, next_at=self.clock() if more else soonest)

    def _tend(self) -> datetime | None:
        """Let doors look after their own credentials; when they want to do so again."""
        tends = [tend for door in self.doors.values() if (tend := getattr(door, "tend", None)) is not None]
        return min((at for tend in tends if (at := tend()) is not None), default=None)

    def _editors(self) -> Editing:
        from handlers.editing import Editing

        if self._editing is None:
            self._editing = Editing(self.store, self.doors, self.pacer, self.clock)
        return self._editing

    async def _keep_house(self) -> None:
        memories: tuple[Library | Feeds | None, ...] = (self.store.library, self.store.feeds)
        for memory in memories:
            while memory and memory.compact(seconds=_COMPACT_SLICE):  # noqa: ASYNC110 - work, not waiting
                await asyncio.sleep(_COMPACT_SLICE)  # others' turn: half the time at most
        if self.clock() - self._pruned > timedelta(hours=1):
            self._pruned = self.clock()
            self.store.ledger.prune(now=self._pruned)

    async def reread(self, seconds: float) -> bool:
        """Read past stories again with names that changed, for about so long; True while more is left."""
        from handlers.reread import Rereading

        names = self.store.names
        if names is None or names.read_only:
            return False
        await self._refresh(names)
        if self._rereading is None:
            self._rereading = Rereading(self.store, names)
        end = time.perf_counter() + seconds
        while (begin := time.perf_counter()) < end:
            while time.perf_counter() < begin + _READ_SLICE:
                if not self._rereading.step(self.clock()):
                    return False
            await asyncio.sleep(0)  # others' turn
        return True

    async def _refresh(self, names: Names) -> None:
        """Take in what a person wrote into names.tsv; what cannot be read is said once."""
        try:
            if names.refresh():
                from handlers.alias_cmd import swap

                self._names_trouble = ""
                await swap(self.store, names)
        except CatalogueError as error:
            if str(error) != self._names_trouble:
                self._names_trouble = str(error)
                log.error("the names in use stay as they are: %s", error)  # noqa: TRY400 - words enough

    async def close(self) -> None:
        """Stop every door that was started, then let go of the store."""
        for task in self.background:
            task.cancel()
        for door in self.doors.values():
            stop = getattr(door, "stop", None)
            if stop is not None:
                await stop()
        self.store.ledger.close()
        if self.store.feeds is not None:
            self.store.feeds.close()
        self.store.library.close()


def open_app(settings: Settings, *, read_only: bool = False, clock: Callable[[], datetime] = now_utc) -> App:
    """Open the data folder. Raises StoreError (StoreLocked when another process writes there)."""
    return App(settings, open_store(settings, read_only=read_only, clock=clock), clock=clock)


def open_store(
    settings: Settings, *, read_only: bool = False, clock: Callable[[], datetime] = now_utc
) -> Store:
    """Both memories and the catalogue; what a file needed is logged."""
    with ExitStack() as opened:
        library = open_library(settings.data, read_only=read_only)
        opened.callback(library.close)
        names = Names(settings.data, read_only=read_only)
        feeds = open_feeds(settings.data, read_only=read_only)
        opened.callback(feeds.close)
        ledger = open_ledger(settings.data, read_only=read_only)
        opened.pop_all()
    for notice in (*library.notices(), *feeds.notices()):
        log.warning("%s", notice)
    return Store(
        library,
        ledger,
        names.catalogue,
        defaults_of(settings),
        _fetcher(settings),
        names,
        feeds=feeds,
        look=_looker(settings, clock),
        page=_pager(settings),
    )


def defaults_of(settings: Settings) -> Defaults:
    return Defaults(
        language=settings.language,
        schedule=settings.schedule,
        fresh=settings.fresh,
        late=settings.late,
        editor=settings.editor,
        model=bool(settings.model_url),
        policy=settings.policy,
    )


def _fetcher(settings: Settings) -> Fetch:
    async def fetch(url: str) -> Fetched:
        from bot.fetch import fetch as get

        page = await get(url, allow=settings.fetch_allow)
        return Fetched(page.data, page.content_type, page.url)

    return fetch


def _looker(settings: Settings, clock: Callable[[], datetime]) -> Look:
    async def look(url: str) -> Seen:
        from bot.feed_look import look as seen

        return await seen(url, allow=settings.fetch_allow, now=clock())

    return look


def _pager(settings: Settings) -> ReadPage:
    async def page(url: str) -> Page:
        from bot.feed_look import read_page

        return await read_page(url, allow=settings.fetch_allow)

    return page


def _signed(reply: Reply | None) -> Iterator[Button]:
    for block in reply.blocks if reply is not None else ():
        if isinstance(block, Buttons | Card):
            yield from (button for button in block.buttons if button.signed)


class PlatformDoor(Door, Protocol):
    """A door with a connection to open: `start` for both ways, `open` for sending alone."""

    @property
    def tenant(self) -> str: ...

    async def start(self) -> None: ...
    async def open(self) -> None: ...
    async def stop(self) -> None: ...


def platform_doors(app: App) -> tuple[PlatformDoor, ...]:
    """The doors that settings name, made but not opened. Imports what it makes, nothing else."""
    settings = app.settings
    made: list[PlatformDoor] = []
    if settings.telegram:
        from bot.telegram import TelegramDoor

        made.append(
            TelegramDoor(
                settings.telegram_token,
                api_base=settings.telegram_api_base,
                rates=settings.telegram_rates,
                paid=settings.telegram_paid,
                webhook_url=settings.telegram_webhook_url,
                webhook_secret=settings.telegram_webhook_secret,
                store=app.store,
                answer=app.answer,
                clock=app.clock,
                admins=settings.admins,
                language_default=settings.language,
            )
        )
    if settings.slack:
        from bot.slack import SlackDoor
        from bot.slack_oauth import oauth_of

        made.append(
            SlackDoor(
                settings.slack_bot_token,
                app_token=settings.slack_app_token,
                signing_secret=settings.slack_signing_secret,
                api_base=settings.slack_api_base,
                public_url=settings.public_url,
                rates=settings.slack_rates,
                store=app.store,
                answer=app.answer,
                clock=app.clock,
                admins=settings.admins,
                **oauth_of(settings),
                alarm=lambda key, words: alarm(app, key, words),
            )
        )
    return tuple(made)
