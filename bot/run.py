"""`jianbao run`: every door, the clock and the web, until told to stop.

One process writes a data folder: a second `run` waits beside it and takes over when the first
ends, however it ends, because the kernel lets go of the lock.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from bot import garbage
from bot.app import App, PlatformDoor, open_app, platform_doors
from bot.clock import Clock, Ring
from bot.console import CONSOLE_CHAT, CONSOLE_USER, ConsoleDoor, owns, typed_lines
from bot.control import ControlServer
from bot.feed_service import serve_feeds
from bot.perform import perform
from bot.settings import Settings
from handlers.deliver import Drained
from handlers.errors import Refusal
from handlers.message import Ask
from handlers.publish import publish
from handlers.weekly import send_now
from handlers.words import say
from store.errors import StoreError, StoreLocked

if TYPE_CHECKING:
    from bot.web import Hooked, Webhooked, WebServer

log = logging.getLogger(__name__)

_AGAIN, _AGAIN_AT_MOST = 5.0, 300.0  # seconds between two tries to reach a platform
_STANDBY_LOOK = 0.2  # seconds between two tries for the lock: takes over well within a second


async def run(settings: Settings, *, console: bool = True) -> int:
    """Run until the end of input (without tokens) or a signal; the exit code."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    app = await _take(settings, stop)
    if app is None:
        return 0
    try:
        return await _serve(app, stop, console=console)
    finally:
        await app.close()


async def _take(settings: Settings, stop: asyncio.Event) -> App | None:
    """The store as its only writer; waits as a warm standby. None = stopped while waiting."""
    waiting = False
    while not stop.is_set():
        try:
            app = open_app(settings)
        except StoreLocked:
            if not waiting:
                _say(settings, "cli.waiting", path=settings.data)
            waiting = True
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _STANDBY_LOOK)
            continue
        if waiting:
            _say(settings, "cli.handed_over", path=settings.data)
        return app
    return None


def _say(settings: Settings, key: str, **words: object) -> None:
    sys.stderr.write(say(key, settings.language, **words) + "\n")


async def _serve(app: App, stop: asyncio.Event, *, console: bool) -> int:
    settings = app.settings
    app.recover()
    garbage.seldom()
    door = ConsoleDoor()
    if console:
        app.add_door(door)
    if not settings.telegram and not settings.slack:
        bring_sample(app)
    control = ControlServer(settings.data, lambda work: perform(app, work))
    await control.start()
    doors = platform_doors(app)
    web = await _open_web(app, doors)  # before the doors: Telegram delivers as soon as it is told where
    code = await _open_doors(app, doors, stop)
    clock = Clock()
    clock.start(_ringing(app, stop))
    feeding = asyncio.create_task(serve_feeds(app, stop))
    try:
        if code == 0:
            await _live(app, door, stop, console=console)
    finally:
        feeding.cancel()
        clock.stop()
        await clock.stopped()
        await asyncio.gather(feeding, return_exceptions=True)
        if web is not None:
            await web.stop()
        await control.stop()
    return 1 if app.trouble else code


def _ringing(app: App, stop: asyncio.Event) -> Ring:
    """A tick for the clock; a store that takes no more writes ends the run: what is in the air is
    settled at the next start.
    """

    async def ring() -> Drained | None:
        try:
            return await app.tick()
        except StoreError as error:
            app.trouble = say(error.key, app.settings.language, **error.args_for_words)
            log.exception("the store failed")
            sys.stderr.write(app.trouble + "\n")
            stop.set()
            return None

    return ring


async def _open_doors(app: App, doors: Sequence[PlatformDoor], stop: asyncio.Event) -> int:
    """Start each configured door. One whose credentials are refused is said and ends the run; one
    that cannot be reached is tried again and again, while the others work.
    """
    for door in doors:
        try:
            await _open_door(app, door)
        except Refusal as error:
            _say(app.settings, error.key, **error.words)
            if not error.key.endswith(".unreachable"):
                return 1
            app.background.add(asyncio.create_task(_keep_trying(app, door, stop)))
    return 0


async def _open_door(app: App, door: PlatformDoor) -> None:
    await door.start()
    app.add_door(door)
    _say(app.settings, "cli.door_open", door=door.platform, detail=door.tenant)


async def _keep_trying(app: App, door: PlatformDoor, stop: asyncio.Event) -> None:
    wait = _AGAIN
    while not stop.is_set():
        await asyncio.sleep(wait)
        wait = min(2 * wait, _AGAIN_AT_MOST)
        try:
            await _open_door(app, door)
        except Refusal as error:
            log.warning("%s: %s %s", door.platform, error.key, error.words)
        else:
            return


async def _open_web(app: App, doors: Sequence[PlatformDoor]) -> WebServer | None:
    """Listen for what is delivered; a door that is not open yet asks the platform to come again."""
    if app.settings.web is None:
        return None
    from bot.web import WebServer

    made = {door.platform: door for door in doors}
    slack, telegram = cast("Hooked | None", made.get("slack")), cast("Webhooked | None", made.get("telegram"))
    server = WebServer(
        app.settings.web,
        slack,
        telegram,
        clock=app.clock,
        healthy=lambda: not app.trouble,
        language=app.settings.language,
    )
    await server.start()
    return server


async def _live(app: App, door: ConsoleDoor, stop: asyncio.Event, *, console: bool) -> None:
    """Talk on the console; without tokens the end of input is the end, else a signal is."""
    tokens = app.settings.telegram or app.settings.slack
    talking = asyncio.create_task(_talk(app, door, greet=not tokens)) if console else None
    stopping = asyncio.create_task(stop.wait())
    waits = {stopping} if tokens or talking is None else {stopping, talking}
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for task in (talking, stopping):
        if task is not None:
            task.cancel()
    if talking is not None and talking.done() and not talking.cancelled():
        talking.result()


async def _talk(app: App, door: ConsoleDoor, *, greet: bool) -> None:
    if greet:
        await _greet(app, door)
    await door.converse(app.answer_typed, app.clock, typed_lines())


async def _greet(app: App, door: ConsoleDoor) -> None:
    """The newest edition as the weekly push brings it; by look-up where the push already came."""
    newest = app.store.library.newest_published(until=app.clock())
    if newest is not None:
        send_now(app.store, CONSOLE_CHAT, newest, now=app.clock())
        await app.tick()
        if not door.sent:
            ask = Ask("/latest", CONSOLE_CHAT, app.clock(), user=CONSOLE_USER, admin=True)
            reply = await app.answer(ask, owns)
            assert reply is not None
            await door.send(CONSOLE_CHAT, door.parts(reply)[0], first="")
    sys.stdout.write(say("cli.welcome", app.settings.language) + "\n\n")
    sys.stdout.flush()


def bring_sample(app: App) -> None:
    """An empty store gets the sample issue, so that a newcomer sees something real."""
    from handlers import ingest
    from handlers.reading import read
    from handlers.sample import sample_text

    library = app.store.library
    if library.edition_count():
        return
    issue = read(sample_text(), app.store.catalogue, name="sample")
    change = ingest.plan(issue, library, now=app.clock(), source="sample")
    ingest.apply(change, library)
    publish(change.edition.id, library, now=app.clock())
