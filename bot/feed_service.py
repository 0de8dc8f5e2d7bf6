"""Feeds while the bot runs: read as they become due, and told of, until cancelled."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Iterator

from bot.app import App
from handlers.words import say
from store.errors import StoreError

log = logging.getLogger(__name__)

_TELL_EVERY = 10.0  # seconds between two looks at what administrators are to be told
_AGAIN = 60.0  # seconds until a service that broke begins again


async def serve_feeds(app: App, stop: asyncio.Event) -> None:
    """Read feeds and tell of them. A store that takes no more writes ends the run; anything else that
    goes wrong is logged and begun again: pushes and answers do not depend on it.
    """
    if app.store.feeds is None:
        return
    while True:
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(_read(app))
                both.create_task(_tell(app))
        except* StoreError as group:
            error = next(_leaves(group))
            app.trouble = say(error.key, app.settings.language, **error.args_for_words)
            log.exception("the store failed")
            sys.stderr.write(app.trouble + "\n")
            stop.set()
            await asyncio.Event().wait()
        except* Exception:
            log.exception("reading feeds broke; it begins again in a minute")
            await asyncio.sleep(_AGAIN)


async def _read(app: App) -> None:
    from bot.feed_pool import FeedPool
    from bot.feeds import FeedReader
    from bot.fetch_feeds import FeedFetcher

    assert app.store.feeds is not None
    fetcher, pool = FeedFetcher(allow=app.settings.fetch_allow), FeedPool()
    try:
        await FeedReader(app.store.feeds, fetcher, pool, clock=app.clock).run()
    finally:
        await fetcher.close()
        await pool.close()


async def _tell(app: App) -> None:
    from bot.feed_notices import tell_admins

    while True:
        await tell_admins(app)
        await asyncio.sleep(_TELL_EVERY)


def _leaves(group: BaseExceptionGroup[StoreError]) -> Iterator[StoreError]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error
