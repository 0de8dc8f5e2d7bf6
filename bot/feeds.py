"""Reads the feeds that are due, beside everything else and never in its way.

Handlers decide what becomes of a feed (handlers/feed_schedule.py); this fetches, has the document
read in a process of its own, and keeps what is new. A feed is nobody's but its own trouble: one that
hangs, floods or breaks costs the others nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import blake2b

from bot.feed_pages import PageReader
from bot.feed_pool import FeedPool
from bot.fetch import FetchError, answered_with
from bot.fetch_feeds import FeedAnswer, FeedFetcher
from handlers.errors import Refusal
from handlers.feed_entries import KEPT, entries_of
from handlers.feed_parsed import Parsed
from handlers.feed_schedule import Answered, Failed, after
from store.feeds import Entry, Feed, Feeds, FeedState

log = logging.getLogger(__name__)

_SLICE = 100  # entries between two looks at the event loop
_IN_FLIGHT = 100  # feeds that wait for a host, an answer or a reader at a time
_TOGETHER, _KEEP_WITHIN = 50, 0.5  # rows of feeds that one commit writes, and seconds until it does
_PATIENCE = 2.0  # seconds until the next look at what is due, at most
_PRUNE_EVERY = timedelta(hours=1)
_PERMANENTLY_GONE = 410


class FeedReader:
    """Reads due feeds with one fetcher and one pool of readers. `run` goes on until cancelled.

    `pages` looks behind teasers; without it an entry's own text is all there is.
    """

    def __init__(
        self,
        feeds: Feeds,
        fetcher: FeedFetcher,
        pool: FeedPool,
        *,
        clock: Callable[[], datetime],
        pages: PageReader | None = None,
    ) -> None:
        self.pages = pages
        self.feeds, self.fetcher, self.pool, self.clock = feeds, fetcher, pool, clock
        self._reading: dict[str, asyncio.Task[None]] = {}
        self._changed: dict[str, Feed] = {}
        self._write_at = 0.0
        self._wake = asyncio.Event()
        self._pruned: datetime | None = None
        self._trouble: BaseException | None = None

    async def run(self) -> None:
        """Read what is due, as it becomes due. Raises StoreError when the store takes no more."""
        try:
            while True:
                await self._prune()
                self._begin(self.clock())
                self._wake.clear()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), self._patience())
                self._settle()
        finally:
            await self.stop()

    async def read_due(self) -> int:
        """Read everything that is due now to its end; returns how many feeds that were."""
        count, now = 0, self.clock()
        while True:
            count += self._begin(now)
            if not self._reading:
                break
            self._wake.clear()
            await self._wake.wait()
            self._settle()
        self._write()
        return count

    async def stop(self) -> None:
        """Leave what is being read, keep what was decided."""
        for task in self._reading.values():
            task.cancel()
        await asyncio.gather(*self._reading.values(), return_exceptions=True)
        self._reading.clear()
        if self._trouble is None:
            self._write()

    # ---- one feed

    async def look(self, feed: Feed) -> tuple[Answered | Failed, Parsed | None]:
        """What a source says now; nothing is kept. The feed's etag and digest spare the reading."""
        try:
            answer = await self.fetcher.get(feed.url, etag=feed.etag, modified=feed.modified)
            return await self._understood(feed, answer)
        except FetchError as error:
            return Failed(error.key, tuple(error.words.items())), None
        except Refusal as error:
            return Failed(error.key, tuple(error.words.items())), None

    async def _understood(self, feed: Feed, answer: FeedAnswer) -> tuple[Answered | Failed, Parsed | None]:
        if answer.status == 304:
            same = Answered(
                etag=answer.etag or feed.etag,
                modified=answer.modified or feed.modified,
                lifetime=answer.max_age,
                moved_to=answer.moved_to,
            )
            return same, None
        if answer.status != 200:
            error, gone = answered_with(answer.status, feed.url), answer.status == _PERMANENTLY_GONE
            words = tuple((name, str(word)) for name, word in error.words.items())
            return Failed(error.key, words, answer.retry_after, gone=gone), None
        digest = blake2b(answer.data, digest_size=12).hexdigest()
        got = Answered(
            etag=answer.etag,
            modified=answer.modified,
            digest=digest,
            lifetime=answer.max_age,
            moved_to=answer.moved_to,
        )
        if digest == feed.digest:
            return got, None
        parsed = await self.pool.read(
            answer.data, url=answer.url, now=self.clock(), content_type=answer.content_type, zone=feed.zone
        )
        whole = replace(
            got,
            title=parsed.title,
            site=parsed.site,
            language=parsed.language,
            dates=[entry.published for entry in parsed.entries if entry.published],
            lifetime=max(got.lifetime, parsed.lifetime),
            skip_hours=parsed.skip_hours,
        )
        return whole, parsed

    async def _read(self, feed: Feed) -> None:
        outcome, parsed = await self.look(feed)
        now = self.clock()
        if parsed is not None and isinstance(outcome, Answered):
            outcome = replace(outcome, fresh=await self._keep(parsed, feed, now))
        current = self.feeds.feed(feed.id)
        if current is None:
            return
        decided = after(current, outcome, now)
        if isinstance(outcome, Failed):
            log.info("feed %s: %s", feed.id, outcome.key)
        if not self._changed:
            loop = asyncio.get_running_loop()
            self._write_at = loop.time() + _KEEP_WITHIN
            loop.call_at(self._write_at, self._wake.set)
        self._changed[feed.id] = decided

    async def _keep(self, parsed: Parsed, feed: Feed, now: datetime) -> int:
        """Keep the entries that are new, a slice at a time; returns how many."""
        kept, fresh = 0, list[Entry]()
        for number, entry in enumerate(entries_of(parsed, feed, now), start=1):
            if not self.feeds.knows(entry):
                fresh.append(entry)
            if number % _SLICE == 0:
                kept += await self._put(fresh)
                fresh.clear()
                await asyncio.sleep(0)  # others' turn
        return kept + await self._put(fresh)

    async def _put(self, fresh: list[Entry]) -> int:
        """Keep entries. One whose page was being read when the run ended comes again with its feed."""
        if not fresh:
            return 0
        return len(self.feeds.put([], await self.pages.filled(fresh) if self.pages else fresh))

    # ---- many

    def _begin(self, now: datetime) -> int:
        room = _IN_FLIGHT - len(self._reading)
        busy = self._reading.keys() | self._changed.keys()
        due = self.feeds.due(now, limit=room, but=busy) if room > 0 else ()
        for feed in due:
            task = asyncio.create_task(self._read(feed))
            self._reading[feed.id] = task
            task.add_done_callback(lambda _, name=feed.id: self._done(name))  # type: ignore[misc]
        return len(due)

    def _done(self, feed_id: str) -> None:
        task = self._reading.pop(feed_id, None)
        if task is not None and not task.cancelled() and (error := task.exception()) is not None:
            self._trouble = error
        self._wake.set()

    def _settle(self) -> None:
        """Write what is ready, and let out what went wrong while reading: the store, or a bug."""
        if self._trouble is not None:
            raise self._trouble
        ripe = asyncio.get_running_loop().time() >= self._write_at
        if ripe or not self._reading or len(self._changed) >= _TOGETHER:
            self._write()

    def _write(self) -> None:
        """What was decided, onto the rows as they are now: somebody may have paused one meanwhile."""
        rows = dict[str, Feed]()  # by address
        for feed_id, decided in self._changed.items():
            current = self.feeds.feed(feed_id)
            if current is not None:
                row = replace(decided, language=current.language or decided.language)
                if current.state != FeedState.ACTIVE:
                    row = replace(row, state=current.state)
                if row.url != current.url and (row.url in rows or self.feeds.feed_at(row.url) is not None):
                    row = replace(row, url=current.url, notice=current.notice)  # that one is read already
                rows[row.url] = row
        self._changed.clear()
        if rows:
            self.feeds.put(list(rows.values()))

    def _patience(self) -> float:
        if len(self._reading) >= _IN_FLIGHT:
            return _PATIENCE
        at = self.feeds.next_at(but=self._reading.keys() | self._changed.keys())
        wait = (at - self.clock()).total_seconds() if at is not None else _PATIENCE
        return min(max(wait, 0.05), _PATIENCE)

    async def _prune(self) -> None:
        now = self.clock()
        if self._pruned is None or now - self._pruned > _PRUNE_EVERY:
            self._pruned = now
            while self.feeds.prune(now - KEPT, limit=_SLICE):  # noqa: ASYNC110 - work, not waiting
                await asyncio.sleep(0)
