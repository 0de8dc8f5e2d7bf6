"""Pages behind teasers: read in a process of their own; whatever they do, the entry stays."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.feed_look import read_page
from bot.feed_pages import PageReader
from bot.feed_pool import FeedPool
from bot.feeds import FeedReader
from bot.fetch_feeds import FeedFetcher
from handlers.errors import Refusal
from store.feeds import Entry
from store.tiny_feeds import open_feeds
from tests.build import NOON, a_feed, an_entry
from tests.feed_site import FeedSite, answer, feed_site

KO = "메이투안이 선전에서 무인 배달을 넓힌다고 밝혔다. 새 노선은 다음 달에 열린다. " * 4
ZH = "美团表示将在深圳扩大无人配送。新线路将于下月开通，覆盖两百个小区。" * 4


def a_page(text: str, charset: str = "utf-8") -> bytes:
    head = f"<head><meta charset={charset}><title>t</title></head><nav><a href=/>Home</a></nav>"
    end = "<footer>imprint</footer></body></html>"
    return f"<html>{head}<body><article><h1>配送</h1><p>{text}</p></article>{end}".encode(charset)


@pytest.fixture
async def site() -> AsyncIterator[FeedSite]:
    async with feed_site() as made:
        yield made


@pytest.fixture
async def pages(site: FeedSite) -> AsyncIterator[PageReader]:
    fetcher = FeedFetcher(allow=site.allow, gap=0.0, deadline=2.0)
    pool = FeedPool(1, seconds=30.0, kind="page")
    yield PageReader(fetcher, pool)
    await fetcher.close()
    await pool.close()


def teaser(site: FeedSite, path: str) -> Entry:
    url = site.url(path)
    return replace(an_entry(1), url=url, canonical_url=url, text="짧은 글")


@pytest.mark.parametrize(
    ("text", "charset"), [(KO, "utf-8"), (KO, "euc-kr"), (ZH, "gb2312"), (ZH, "gb18030"), (ZH, "utf-8")]
)
async def test_the_article_behind_a_teaser_is_read(
    site: FeedSite, pages: PageReader, text: str, charset: str
) -> None:
    site.pages["/a"] = answer(a_page(text, charset))
    (found,) = await pages.filled([teaser(site, "/a")])
    assert text.strip() in found.text
    assert "</" not in found.text


@pytest.mark.parametrize(
    "page",
    [
        answer(b"<div>" * 200_000),
        answer(gzip.compress(b"\0" * 50_000_000), Content_Encoding="gzip"),
        answer(b"<p>short</p>"),
        answer(b""),
        answer(b"%PDF-1.7 \0\1\2" * 100, Content_Type="application/pdf"),
        answer(status="503 Busy"),
        answer(b"<html>", Content_Length="9999999999"),
        b"HTTP/1.1 200 OK\r\n\r\n<html><p>it never ends",
        answer(status="302 Found", Location="http://169.254.169.254/"),
    ],
    ids=["nested", "bomb", "short", "empty", "pdf", "busy", "lying", "endless", "inside"],
)
async def test_a_hostile_page_leaves_the_entry_as_it_came(
    site: FeedSite, pages: PageReader, page: bytes
) -> None:
    site.pages["/a"] = page
    before = teaser(site, "/a")
    assert await pages.filled([before]) == [before]


async def test_a_text_that_says_enough_is_not_looked_behind_and_a_list_not_to_its_end(
    site: FeedSite, pages: PageReader
) -> None:
    long = replace(teaser(site, "/long"), text=KO)
    many = [teaser(site, f"/{n}") for n in range(20)]
    assert await pages.filled([*many, long]) == [*many, long]
    assert [path for path, _ in site.asked] == ["/19", "/18", "/17", "/16", "/15"]


async def test_a_feed_of_teasers_is_kept_with_its_articles_once(
    site: FeedSite, pages: PageReader, tmp_path: Path
) -> None:
    feed = f"<rss><channel><item><title>배달</title><link>{site.url('/a')}</link></item></channel></rss>"
    site.pages["/f"], site.pages["/a"] = answer(feed.encode()), answer(a_page(KO))
    feeds, pool = open_feeds(tmp_path), FeedPool(1, seconds=30.0)
    feeds.add([a_feed(site.url("/f"))])
    fetcher = FeedFetcher(allow=site.allow, gap=0.0)
    now = NOON
    reader = FeedReader(feeds, fetcher, pool, clock=lambda: now, pages=pages)
    await reader.read_due()
    site.pages["/f"] = answer(feed.encode() + b"<!-- changed -->")
    now = feeds.feeds()[0].next_at or NOON
    await reader.read_due()
    (kept,) = feeds.entries_since(NOON)
    assert KO.strip() in kept.text
    assert [path for path, _ in site.asked] == ["/f", "/a", "/f"]
    await fetcher.close()
    await pool.close()
    feeds.close()


async def test_a_proposed_page_is_read_in_a_process_of_its_own(site: FeedSite) -> None:
    site.pages["/a"] = answer(a_page(KO))
    page = await read_page(site.url("/a"), allow=site.allow, seconds=30.0)
    assert page.text.split("\n")[0].lstrip("# ") == "配送"
    assert KO.strip() in page.text
    assert "imprint" not in page.text
    site.pages["/deep"] = answer(b"<html>" + b"<div>" * 200_000)
    with pytest.raises(Refusal) as refused:
        await read_page(site.url("/deep"), allow=site.allow, seconds=30.0)
    assert refused.value.key == "error.document_no_text"


async def test_without_the_extra_a_page_is_read_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    from handlers import article

    monkeypatch.setattr(article, "find_spec", lambda _: None)
    assert article.article(a_page(KO)) == ""
    assert KO.strip() in article.page_text(a_page(KO), url="https://news.example/")
