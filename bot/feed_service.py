"""Feeds while the bot runs: read as they become due, and told of, until cancelled."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable

from bot.app import App
from handlers.words import say
from store.errors import StoreError

log = logging.getLogger(__name__)

_TELL_EVERY = 10.0  # seconds between two looks at what people are to be told
_AGAIN = 60.0  # seconds until what broke begins again


async def serve_feeds(app: App, stop: asyncio.Event) -> None:
    """Read feeds and tell of them. A store that takes no more writes ends the run; anything else that
    goes wrong is logged and begun again: pushes and answers do not depend on it.
    """
    if app.store.feeds is None:
        return
    both = [asyncio.create_task(_kept_up(app, stop, work)) for work in (_read, _tell)]
    try:
        await asyncio.gather(*both)
    finally:
        for task in both:
            task.cancel()
        await asyncio.gather(*both, return_exceptions=True)


async def _kept_up(app: App, stop: asyncio.Event, work: Callable[[App], Awaitable[None]]) -> None:
    me = asyncio.current_task()
    while not stop.is_set():
        try:
            await work(app)
        except StoreError as error:
            app.trouble = say(error.key, app.settings.language, **error.args_for_words)
            log.exception("the store failed")
            sys.stderr.write(app.trouble + "\n")
            stop.set()
        except Exception:
            if me is not None and me.cancelling():
                raise
            log.exception("feeds: %s broke; it begins again in a minute", work.__name__)
            await asyncio.sleep(_AGAIN)


async def _read(app: App) -> None:
    from bot.feed_pages import PageReader
    from bot.feed_pool import FeedPool
    from bot.feeds import FeedReader
    from bot.fetch_feeds import FeedFetcher
    from handlers.article import extracts

    assert app.store.feeds is not None
    fetcher, pool, page_pool = (
        FeedFetcher(allow=app.settings.fetch_allow),
        FeedPool(),
        FeedPool(1, kind="page"),
    )
    pages = PageReader(fetcher, page_pool) if extracts() else None
    try:
        await FeedReader(app.store.feeds, fetcher, pool, clock=app.clock, pages=pages).run()
    finally:
        await fetcher.close()
        await pool.close()
        await page_pool.close()


async def _tell(app: App) -> None:
    from bot.feed_notices import tell_admins, tell_proposers

    while True:
        await tell_admins(app)
        await tell_proposers(app)
        await asyncio.sleep(_TELL_EVERY)
