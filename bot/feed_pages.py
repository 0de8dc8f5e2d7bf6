"""Looks behind a feed's teasers: the article on the page that an entry names."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace

from bot.feed_pool import FeedPool
from bot.fetch_feeds import FeedFetcher
from handlers.article import ENOUGH
from handlers.errors import Refusal
from store.feeds import Entry

log = logging.getLogger(__name__)

TOO_SHORT = 160
"""Characters of text under which a feed is taken to carry a teaser; the article may say more."""

_PAGES = 5  # pages at a time: the newest; a first read brings a whole list
_PATIENCE = 60.0  # seconds for them together


class PageReader:
    """Reads pages with the fetcher of the feeds, so that a host has one turn for both."""

    def __init__(self, fetcher: FeedFetcher, pool: FeedPool, *, patience: float = _PATIENCE) -> None:
        self._fetcher, self._pool, self._patience = fetcher, pool, patience

    async def filled(self, entries: Sequence[Entry]) -> list[Entry]:
        """The entries, oldest first, with the articles behind the newest teasers among them.

        One whose page cannot be read, says less, or is not read in time keeps its own text.
        """
        found = list(entries)
        short = [n for n, each in enumerate(found) if each.canonical_url and len(each.text) < TOO_SHORT]
        try:
            async with asyncio.timeout(self._patience):
                for number in reversed(short[-_PAGES:]):
                    found[number] = await self._filled(found[number])
        except TimeoutError:
            log.info("feed %s: pages take too long", found[0].feed)
        return found

    async def _filled(self, entry: Entry) -> Entry:
        try:
            answer = await self._fetcher.get(entry.url)
            if answer.status != 200:
                return entry
            text = await self._pool.article(answer.data, content_type=answer.content_type)
        except Refusal as error:
            log.info("a page of feed %s: %s", entry.feed, error.key)
            return entry
        return replace(entry, text=text) if len(text) >= max(ENOUGH, len(entry.text)) else entry
