"""Feeds while the bot runs: read as they become due; a store that takes no more ends the run."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from bot.app import App
from bot.feed_service import serve_feeds
from bot.settings import Settings
from store.errors import StoreFull
from store.feeds import Entry, Feed, Feeds
from store.tiny_feeds import TinyFeeds
from tests.asks import a_store
from tests.build import NOON, a_feed
from tests.feed_site import FeedSite, answer, feed_site, rss


@pytest.fixture
async def site() -> AsyncIterator[FeedSite]:
    async with feed_site() as made:
        yield made


def an_app(folder: Path, site: FeedSite, feeds: Feeds) -> App:
    settings = Settings(data=folder, fetch_allow=site.allow)
    return App(settings, replace(a_store(folder), feeds=feeds), clock=lambda: NOON)


async def ended(task: asyncio.Task[None], app: App) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    await app.close()


async def test_a_due_feed_is_read_while_the_bot_runs(site: FeedSite, tmp_path: Path) -> None:
    site.pages["/f"] = answer(rss("b", "a"))
    feeds = TinyFeeds(tmp_path)
    app = an_app(tmp_path, site, feeds)
    feeds.add([a_feed(site.url("/f"))])
    stop = asyncio.Event()
    task = asyncio.create_task(serve_feeds(app, stop))
    async with asyncio.timeout(60):
        while feeds.entry_count() < 2:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0)
    await ended(task, app)
    assert (app.trouble, stop.is_set()) == ("", False)


async def test_a_store_that_takes_no_more_ends_the_run(
    site: FeedSite, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    class Full(TinyFeeds):
        def put(self, feeds: Sequence[Feed], entries: Sequence[Entry] = ()) -> tuple[Entry, ...]:
            raise StoreFull(path=tmp_path, detail="no space")

    site.pages["/f"] = answer(rss("a"))
    feeds = Full(tmp_path)
    app = an_app(tmp_path, site, feeds)
    feeds.add([a_feed(site.url("/f"))])
    stop = asyncio.Event()
    task = asyncio.create_task(serve_feeds(app, stop))
    async with asyncio.timeout(60):
        await stop.wait()
    await ended(task, app)
    assert "남은 공간이 없음" in app.trouble
    assert app.trouble in capsys.readouterr().err
