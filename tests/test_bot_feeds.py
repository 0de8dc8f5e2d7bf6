"""Due feeds are read, what is new is kept once, and one feed's trouble is its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.feed_pool import FeedPool
from bot.feeds import FeedReader
from bot.fetch_feeds import FeedFetcher
from handlers.feed_entries import KEPT
from store.feeds import Feed, Feeds, FeedState
from store.tiny_feeds import open_feeds
from tests.build import NOON, a_feed
from tests.feed_site import FeedSite, answer, feed_site, rss


class Desk:
    """A reader with its site, its store, and a clock that stands still until told."""

    def __init__(self, site: FeedSite, feeds: Feeds, pool: FeedPool) -> None:
        self.site, self.feeds, self.now = site, feeds, NOON
        fetcher = FeedFetcher(allow=site.allow, gap=0.0)
        self.reader = FeedReader(feeds, fetcher, pool, clock=lambda: self.now)

    def add(self, path: str, **fields: object) -> str:
        (added,) = self.feeds.add([replace(a_feed(self.site.url(path)), title="", **fields)])  # type: ignore[arg-type]
        return added.id

    async def read(self, now: datetime | None = None) -> int:
        self.now = now or self.now
        return await self.reader.read_due()

    def feed(self, feed_id: str) -> Feed:
        found = self.feeds.feed(feed_id)
        assert found is not None
        return found

    def titles(self) -> list[str]:
        return [entry.title for entry in self.feeds.entries_since(NOON - timedelta(days=1))]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    feeds, pool = open_feeds(tmp_path), FeedPool(1, seconds=30.0)
    async with feed_site() as site:
        made = Desk(site, feeds, pool)
        yield made
        await made.reader.fetcher.close()
    await pool.close()
    feeds.close()


async def test_a_feed_is_read_and_its_entries_kept_the_oldest_first(desk: Desk) -> None:
    desk.site.pages["/f"] = answer(rss("b", "a", head="<language>zh-CN</language>"), ETag='"1"')
    feed_id = desk.add("/f", language="")

    assert await desk.read() == 1

    assert desk.titles() == ["a", "b"]
    feed = desk.feed(feed_id)
    assert (feed.title, feed.etag, feed.last_at, feed.new_at) == ("소식", '"1"', NOON, NOON)
    assert feed.next_at is not None
    assert feed.next_at > NOON
    (first, _) = desk.feeds.entries_since(NOON)
    assert (first.feed, first.language, first.text) == (feed_id, "zh", "글 a")
    assert first.canonical_url == "https://news.example/a"
    assert await desk.read() == 0


async def test_what_did_not_change_is_not_read_again(desk: Desk) -> None:
    """Whether the source says so, or sends the same once more."""
    desk.site.pages["/f"] = answer(rss("a"), ETag='"1"')
    feed_id = desk.add("/f")
    await desk.read()
    desk.site.pages["/f"] = answer(status="304 Not Modified")
    await desk.read(NOON + timedelta(days=2))
    assert desk.site.asked[1][1]["if-none-match"] == '"1"'
    assert desk.feed(feed_id).etag == '"1"'
    desk.site.pages["/f"] = answer(rss("a"))
    await desk.read(NOON + timedelta(days=4))
    assert desk.titles() == ["a"]
    assert desk.feed(feed_id).fails == 0


async def test_only_what_is_new_is_kept(desk: Desk) -> None:
    desk.site.pages["/f"] = answer(rss("b", "a"))
    desk.site.pages["/g"] = answer(rss("a"))  # the same article in another feed
    desk.add("/f")
    desk.add("/g")
    await desk.read()
    desk.site.pages["/f"] = answer(rss("c", "b", "a"))
    await desk.read(NOON + timedelta(days=2))
    assert sorted(desk.titles()) == ["a", "b", "c"]


async def test_a_failing_feed_says_why_and_the_others_are_read(desk: Desk) -> None:
    desk.site.pages |= {
        "/good": answer(rss("a")),
        "/page": answer(b"<html><body>login</body></html>"),
        "/busy": answer(status="429 Slow", Retry_After="90000"),
    }
    bad = [desk.add(path) for path in ("/none", "/page", "/busy")]
    bad.append(desk.feeds.add([a_feed("http://127.0.0.1:22/")])[0].id)
    desk.add("/good")

    assert await desk.read() == 5

    assert desk.titles() == ["a"]
    assert [desk.feed(each).last_error for each in bad] == [
        "error.fetch_status", "error.feed_html", "error.fetch_busy", "error.fetch_port",
    ]  # fmt: skip
    assert [desk.feed(each).fails for each in bad] == [1, 1, 1, 1]
    busy = desk.feed(bad[2]).next_at
    assert busy is not None
    assert busy >= NOON + timedelta(seconds=90_000)


async def test_gone_is_read_no_more(desk: Desk) -> None:
    desk.site.pages["/f"] = answer(status="410 Gone")
    feed_id = desk.add("/f")
    await desk.read()
    assert (desk.feed(feed_id).state, desk.feed(feed_id).notice) == (FeedState.GONE, "gone")
    assert await desk.read(NOON + timedelta(days=30)) == 0


async def test_a_feed_that_moved_is_followed_but_not_onto_another(desk: Desk) -> None:
    desk.site.pages |= {
        "/old": answer(status="301 Moved", Location="/new"),
        "/twin": answer(status="301 Moved", Location="/new"),
        "/new": answer(rss("a")),
    }
    old, twin = desk.add("/old"), desk.add("/twin")
    for day in range(0, 8, 2):
        await desk.read(NOON + timedelta(days=day))
    urls = {desk.feed(old).url, desk.feed(twin).url}
    assert desk.site.url("/new") in urls
    assert len(urls) == 2


async def test_a_feed_that_was_paused_or_removed_meanwhile_stays_so(desk: Desk) -> None:
    def while_reading(_headers: dict[str, str]) -> bytes:
        desk.feeds.put([replace(desk.feed(paused), state=FeedState.PAUSED)])
        desk.feeds.remove(removed)
        return answer(rss("a"))

    desk.site.pages["/f"] = while_reading
    desk.site.pages["/g"] = answer(rss("b"))
    paused, removed = desk.add("/f"), desk.add("/g")
    await desk.read()
    assert desk.feed(paused).state == FeedState.PAUSED
    assert desk.feeds.feed(removed) is None


async def test_what_is_too_old_is_not_taken_in(desk: Desk) -> None:
    dates = (NOON - KEPT - timedelta(days=1), NOON - KEPT + timedelta(days=1))
    items = "".join(f"<item><title>{d:%d}</title><pubDate>{d.isoformat()}</pubDate></item>" for d in dates)
    desk.site.pages["/f"] = answer(f"<rss><channel>{items}</channel></rss>".encode())
    desk.add("/f")
    await desk.read()
    assert desk.titles() == [f"{dates[1]:%d}"]


async def test_many_entries_are_all_kept(desk: Desk) -> None:
    desk.site.pages["/f"] = answer(rss(*(f"t{number}" for number in range(450))))
    desk.add("/f")
    await desk.read()
    assert desk.feeds.entry_count() == 450


async def test_a_reader_that_dies_refuses_only_its_document() -> None:
    """What one document did to its reader is not done to the next."""
    from handlers.feed_parsed import FeedError

    pool = FeedPool(1, seconds=0.3)
    with pytest.raises(FeedError) as error:
        await pool.read(b"<rss><channel>" + b"<a>" * 400_000, url="https://a.example/", now=NOON)
    assert error.value.key == "error.feed_slow"
    pool._seconds = 30.0
    assert len((await pool.read(rss("a"), url="https://a.example/", now=NOON)).entries) == 1
    await pool.close()


async def test_a_document_that_wants_too_much_memory_ends_its_reader_and_no_other() -> None:
    from handlers.feed_parsed import FeedError

    greedy = ('{"items":[' + ",".join(['{"":{"":{}}}'] * 370_000) + "]}").encode()
    pool = FeedPool(1, seconds=60.0)
    with pytest.raises(FeedError) as error:
        await pool.read(greedy, url="https://a.example/", now=NOON)
    assert error.value.key in {"error.feed_memory", "error.feed_crashed"}
    assert len((await pool.read(rss("a"), url="https://a.example/", now=NOON)).entries) == 1
    await pool.close()


@pytest.mark.parametrize(("ending", "key"), [("XCPU", "error.feed_slow"), ("SEGV", "error.feed_crashed")])
async def test_how_a_reader_ended_is_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str, key: str
) -> None:
    """The kernel ends one that works too long; one that breaks down ends by itself."""
    from handlers.feed_parsed import FeedError

    reader = tmp_path / "reader"
    reader.write_text(f"#!/bin/sh\nread job\nkill -{ending} $$\n", encoding="utf-8")
    reader.chmod(0o700)
    monkeypatch.setattr("sys.executable", str(reader))
    pool = FeedPool(1, seconds=30.0)
    for _ in range(5):
        with pytest.raises(FeedError) as error:
            await pool.read(rss("a"), url="https://a.example/", now=NOON)
        assert error.value.key == key
    await pool.close()
