"""One look at the feed at an address, or behind the page there: nothing is kept."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from datetime import datetime

from bot.feed_pool import SECONDS, FeedPool
from bot.fetch import FetchError, answered_with, fetch
from bot.fetch_feeds import FeedFetcher
from handlers.feed_discovery import usual_feeds
from handlers.feed_entries import entry_of
from handlers.feed_parsed import FeedError, Parsed
from store.bundle import Page
from store.feeds import Feed, Seen


async def look(url: str, *, allow: frozenset[str], now: datetime, seconds: float = SECONDS) -> Seen:
    """The feed at `url`; where a page stands there, the one it names, else one where feeds usually are.

    `seconds` bound the reading of one document. Raises FetchError, FeedError.
    """
    async with _tools(allow, seconds) as (fetcher, pool):
        try:
            return await _seen(url, fetcher, pool, now)
        except FeedError as error:
            if error.key not in {"error.feed_html", "error.feed_html_names"}:
                raise
            named = error.words.get("found", "").split()
            for candidate in named or usual_feeds(url):
                with contextlib.suppress(FetchError, FeedError):
                    return await _seen(candidate, fetcher, pool, now)
            raise


async def _seen(url: str, fetcher: FeedFetcher, pool: FeedPool, now: datetime) -> Seen:
    answer = await fetcher.get(url)
    if answer.status != 200:
        raise answered_with(answer.status, url)
    found = await pool.read(answer.data, url=answer.url, now=now, content_type=answer.content_type)
    return seen_of(found, url, now)


async def read_bytes(data: bytes, *, now: datetime, url: str = "", seconds: float = SECONDS) -> Seen:
    """The feed in a file. Raises FeedError."""
    pool = FeedPool(1, seconds=seconds)
    try:
        return seen_of(await pool.read(data, url=url, now=now), url, now)
    finally:
        await pool.close()


async def read_page(url: str, *, allow: frozenset[str], seconds: float = SECONDS) -> Page:
    """A page that a person proposed. Raises FetchError, FeedError."""
    got, pool = await fetch(url, allow=allow), FeedPool(1, seconds=seconds, kind="page")
    try:
        return Page(await pool.page(got.data, url=got.url, content_type=got.content_type), got.url)
    finally:
        await pool.close()


def seen_of(found: Parsed, url: str, now: datetime) -> Seen:
    feed = Feed("", url)
    entries = tuple(entry_of(each, feed, language=found.language, now=now) for each in found.entries)
    return Seen(url, found.title, found.language, entries, found.problems)


@contextlib.asynccontextmanager
async def _tools(allow: frozenset[str], seconds: float) -> AsyncIterator[tuple[FeedFetcher, FeedPool]]:
    fetcher, pool = FeedFetcher(allow=allow, gap=0.0), FeedPool(1, seconds=seconds)
    try:
        yield fetcher, pool
    finally:
        await fetcher.close()
        await pool.close()
