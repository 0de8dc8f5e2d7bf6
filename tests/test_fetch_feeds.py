"""Asking sources: conditional, pooled, polite, bounded, and only where everybody may look."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bot.fetch import FetchError
from bot.fetch_feeds import FeedFetcher
from tests.feed_site import FeedSite, answer, feed_site, rss


@pytest.fixture
async def site() -> AsyncIterator[FeedSite]:
    async with feed_site() as made:
        yield made


@asynccontextmanager
async def fetching(site: FeedSite, **options: Any) -> AsyncIterator[FeedFetcher]:
    made = FeedFetcher(allow=site.allow, **{"gap": 0.0, **options})
    try:
        yield made
    finally:
        await made.close()


async def test_conditions_go_back_as_they_came(site: FeedSite) -> None:
    etag, modified = 'W/"a b\xe9"', "Mon, 23 Nov 2026 12:00:00 GMT"
    site.pages["/f"] = answer(
        rss("a"), ETag=etag, Last_Modified=modified, Content_Type="text/xml; charset=utf-8"
    )
    async with fetching(site) as fetcher:
        got = await fetcher.get(site.url("/f"))
        assert (got.status, got.data, got.etag, got.modified) == (200, rss("a"), etag, modified)
        assert (got.content_type, got.url, got.moved_to) == ("text/xml; charset=utf-8", site.url("/f"), "")
        site.pages["/f"] = answer(status="304 Not Modified", Cache_Control="max-age=600")
        again = await fetcher.get(site.url("/f"), etag=got.etag, modified=got.modified)
    assert (again.status, again.data, again.max_age) == (304, b"", 600)
    headers = site.asked[1][1]
    assert (headers["if-none-match"], headers["if-modified-since"]) == (etag.lower(), modified.lower())
    assert site.connections == 1


@pytest.mark.parametrize(
    ("control", "seconds"),
    [
        ("max-age=60", 60),
        ("public, max-age=60", 60),
        ("no-cache, max-age=60", 0),
        ("s-maxage=60", 0),
        ("", 0),
    ],
)
async def test_cache_lifetimes_are_read(site: FeedSite, control: str, seconds: int) -> None:
    site.pages["/f"] = answer(rss("a"), Cache_Control=control)
    async with fetching(site) as fetcher:
        assert (await fetcher.get(site.url("/f"))).max_age == seconds


async def test_retry_after_is_seconds_or_a_date(site: FeedSite) -> None:
    site.pages["/a"] = answer(status="429 Slow", Retry_After="120")
    site.pages["/b"] = answer(status="503 Later", Retry_After="Fri, 31 Dec 2100 23:59:59 GMT")
    site.pages["/c"] = answer(status="503 Later", Retry_After="soon")
    async with fetching(site) as fetcher:
        found = [await fetcher.get(site.url(path)) for path in ("/a", "/b", "/c")]
    assert [each.status for each in found] == [429, 503, 503]
    assert found[0].retry_after == 120
    assert found[1].retry_after > 10**8
    assert found[2].retry_after == 0


async def test_one_host_is_asked_one_at_a_time_with_a_gap(site: FeedSite) -> None:
    site.pages["/f"], site.pause = answer(rss("a")), 0.005
    async with fetching(site, gap=0.02, at_once=8) as fetcher:
        begun = asyncio.get_running_loop().time()
        await asyncio.gather(*(fetcher.get(site.url("/f")) for _ in range(4)))
        took = asyncio.get_running_loop().time() - begun
    assert site.most == 1
    assert took >= 3 * 0.02


async def test_a_host_that_waits_holds_up_no_other(site: FeedSite) -> None:
    site.pages["/f"], site.pause = answer(rss("a")), 0.01
    async with fetching(site, at_once=2) as fetcher:
        slow = [asyncio.create_task(fetcher.get(site.url("/f"))) for _ in range(6)]
        await asyncio.sleep(0)
        other = await fetcher.get(site.url("/f", host="localhost"))
        assert not slow[-1].done()
        await asyncio.gather(*slow)
    assert other.status == 200
    assert site.most == 2


async def test_redirects_are_followed_and_only_permanent_ones_move(site: FeedSite) -> None:
    site.pages["/f"] = answer(rss("a"))
    site.pages["/p"] = answer(status="301 Moved", Location="/q")
    site.pages["/q"] = answer(status="308 Moved", Location=site.url("/f"))
    site.pages["/t"] = answer(status="302 Found", Location="/p")
    async with fetching(site) as fetcher:
        assert (await fetcher.get(site.url("/p"))).moved_to == site.url("/f")
        assert (await fetcher.get(site.url("/t"))).moved_to == ""
        assert (await fetcher.get(site.url("/f"))).moved_to == ""


@pytest.mark.parametrize(
    ("location", "key"),
    [
        ("/loop", "error.fetch_redirects"),
        ("file:///etc/passwd", "error.fetch_address"),
        ("http://127.0.0.1:22/", "error.fetch_port"),
        ("http://127.0.0.1:80/", "error.fetch_led_astray"),
        ("http://169.254.169.254/", "error.fetch_led_astray"),
        ("http://[::ffff:10.0.0.1]/", "error.fetch_led_astray"),
        ("http://a:b@news.example/", "error.fetch_address"),
    ],
)
async def test_redirects_lead_nowhere_forbidden(site: FeedSite, location: str, key: str) -> None:
    site.pages["/loop"] = answer(status="301 Moved", Location=location)
    async with fetching(site) as fetcher:
        with pytest.raises(FetchError) as error:
            await fetcher.get(site.url("/loop"))
    assert error.value.key == key


async def test_bodies_are_unpacked_and_bounded(site: FeedSite) -> None:
    site.pages["/g"] = answer(gzip.compress(rss("a")), Content_Encoding="gzip")
    site.pages["/b"] = answer(gzip.compress(b"x" * 200_000), Content_Encoding="gzip")
    site.pages["/l"] = answer(b"x" * 200_000)
    site.pages["/r"] = answer(b"x", Content_Encoding="br")
    keys = []
    async with fetching(site, limit=100_000) as fetcher:
        assert (await fetcher.get(site.url("/g"))).data == rss("a")
        for path in ("/b", "/l", "/r"):
            with pytest.raises(FetchError) as error:
                await fetcher.get(site.url(path))
            keys.append(error.value.key)
    assert keys == ["error.fetch_too_large", "error.fetch_too_large", "error.fetch_coding"]


async def test_a_silent_server_is_left_and_the_next_is_asked(site: FeedSite) -> None:
    site.pages["/f"], site.pause = answer(rss("a")), 5.0
    async with fetching(site, deadline=0.05) as fetcher:
        with pytest.raises(FetchError) as error:
            await fetcher.get(site.url("/f"))
        site.pause = 0.0
        assert (await fetcher.get(site.url("/f"))).status == 200
    assert error.value.key == "error.fetch_timeout"


async def test_nobody_there_is_said() -> None:
    async with feed_site() as gone:
        pass
    async with fetching(gone) as fetcher:
        with pytest.raises(FetchError) as error:
            await fetcher.get(gone.url("/f"))
    assert error.value.key == "error.fetch_unreachable"
