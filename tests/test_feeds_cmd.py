"""/feeds, /feed and /submit: what people see, who may, and what is kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from handlers.answer import sign
from handlers.errors import Refusal
from handlers.feed_lists import default_rows, from_opml
from handlers.message import Attachment, Button, Reply
from store.bundle import Page, Store
from store.feeds import Feeds, FeedState, Seen, SubmissionState
from store.tiny_feeds import open_feeds
from tests.asks import CHAT, a_store, buttons, plain, told
from tests.build import NOON, a_feed, an_entry

URL = "https://news.example/feed.xml"


async def look(url: str) -> Seen:
    if "broken" in url:
        raise Refusal("error.feed_not_one")
    behind = URL if url == "https://news.example/" else url
    entries = (an_entry(1, feed=""), an_entry(2, feed=""))
    return Seen(behind, "중국 소식", "zh", entries, (("feed.dates", (("count", "1"),)),))


async def page(url: str) -> Page:
    return Page("# 메이투안 소식\n본문", url)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = replace(a_store(tmp_path), feeds=open_feeds(tmp_path), look=look, page=page)
    yield made
    feeds(made).close()
    made.ledger.close()
    made.library.close()


def feeds(store: Store) -> Feeds:
    assert store.feeds is not None
    return store.feeds


async def admin(store: Store, text: str, **fields: object) -> Reply:
    return await told(store, text, admin=True, **fields)


async def pressed(store: Store, command: str) -> Reply:
    """A signed button, pressed."""
    text = sign(Button("x", command, signed=True), CHAT, NOON, store.ledger)
    return await admin(store, text, pressed=True)


async def test_an_empty_list_offers_the_one_that_comes_along(store: Store) -> None:
    reply = await admin(store, "/feeds")
    assert "아직 읽는 피드가 없습니다" in plain(reply)
    assert buttons(reply) == {"마련된 목록으로 시작": "/feed add defaults"}

    assert f"{len(default_rows())}개를 더했습니다" in plain(await admin(store, "/feed add defaults"))
    assert len(feeds(store).due(NOON, limit=100)) == len(default_rows())
    assert "0개를 더했습니다" in plain(await admin(store, "/feed add defaults"))


async def test_a_feed_is_looked_at_before_it_is_added(store: Store) -> None:
    reply = await admin(store, f"/feed add {URL}")
    assert "1번 피드로 더했습니다: 중국 소식" in plain(reply)
    assert "날짜를 알 수 없거나" in plain(reply)
    (kept,) = feeds(store).feeds()
    assert (kept.url, kept.language, kept.next_at, kept.added_at) == (URL, "zh", NOON, NOON)
    assert "이미 읽고 있는 피드입니다: 1번" in plain(await admin(store, f"/feed add {URL}"))


async def test_the_feed_behind_a_page_is_added_and_told(store: Store) -> None:
    reply = await admin(store, "/feed add https://news.example/")
    assert f"그 페이지가 알려 주는 피드입니다: {URL}" in plain(reply)
    assert feeds(store).feed_at(URL) is not None


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("/feed add broken", "웹 주소가 아닙니다"),
        ("/feed add https://broken.example/", "어느 것도 아닙니다"),
        ("/feed add", "웹 주소가 아닙니다"),
        ("/feed pause", "번호를 적어 주세요"),
        ("/feed pause 9", "‘9’라는 피드는 없습니다"),
        ("/feed nonsense", "‘nonsense’라는 피드는 없습니다"),
        ("/feed import", "OPML 파일이 없습니다"),
        ("/feed approve 9", "‘9’라는 제안은 없습니다"),
        ("/feeds nonsense", "쪽 번호가 아닙니다"),
    ],
)
async def test_what_cannot_be_done_says_what_to_type(store: Store, text: str, answer: str) -> None:
    assert answer in plain(await admin(store, text))
    assert feeds(store).feeds() == ()


async def test_only_who_runs_the_bot_may(store: Store) -> None:
    for text in ("/feeds", f"/feed add {URL}", "/feed approve 1"):
        assert "refused" in (await told(store, text)).tags
    assert feeds(store).feeds() == ()


async def test_health_says_what_fails_and_why_first(store: Store) -> None:
    held = feeds(store)
    held.add([a_feed(f"https://{name}.example/", title=name) for name in ("well", "bad", "gone")])
    well, bad, gone = held.feeds()
    words = (("url", "https://bad.example/"), ("status", "503"))
    held.put(
        [
            replace(well, last_at=NOON - timedelta(hours=1), new_at=NOON - timedelta(hours=9)),
            replace(bad, fails=3, last_error="error.fetch_status", error_words=words),
            replace(gone, state=FeedState.GONE, next_at=None, fails=1),
        ]
    )
    text = plain(await admin(store, "/feeds"))
    assert "피드 3개, 읽지 못하는 것 2개" in text
    assert text.index("gone") < text.index("bad") < text.index("well")
    assert "연달아 3번 실패 · https://bad.example/: 서버가 503으로 답했습니다" in text
    for language in ("en", "zh"):
        assert "503" in plain(await admin(store, "/feeds", language=language))


async def test_pages(store: Store) -> None:
    feeds(store).add([a_feed(f"https://{number}.example/", title=f"n{number}") for number in range(20)])
    reply = await admin(store, "/feeds")
    assert buttons(reply)["다음 쪽"] == "/feeds page 2"
    assert "n19" in plain(await admin(store, "/feeds 3"))
    assert "n19" in plain(await admin(store, "/feeds page 9"))


async def test_pause_resume_and_show(store: Store) -> None:
    feeds(store).add([a_feed()])
    assert "읽기를 멈췄습니다" in plain(await admin(store, "/feed pause 1"))
    assert feeds(store).due(NOON) == ()
    reply = await admin(store, "/feed 1")
    assert "쉬는 중" in plain(reply)
    assert "/feed resume 1" in buttons(reply).values()
    await admin(store, "/feed resume 1")
    assert [feed.id for feed in feeds(store).due(NOON)] == ["1"]


async def test_removing_is_asked_about_and_then_done(store: Store) -> None:
    feeds(store).add([a_feed()])
    assert "뺄까요?" in plain(await admin(store, "/feed remove 1"))
    assert len(feeds(store).feeds()) == 1
    assert "뺐습니다" in plain(await pressed(store, "/feed remove 1"))
    assert feeds(store).feeds() == ()


async def test_a_feed_can_be_tested_without_keeping_it(store: Store) -> None:
    reply = await admin(store, f"/feed test {URL}")
    assert "중국 소식 · 항목 2개" in plain(reply)
    assert buttons(reply) == {"이 피드 더하기": f"/feed add {URL}"}
    assert feeds(store).feeds() == ()


async def test_lists_go_out_and_come_in_as_opml(store: Store) -> None:
    held = feeds(store)
    held.add(
        [a_feed("https://a.example/?x=1&y=2", title='A "<b>" & 나'), a_feed("https://b.example/", title="")]
    )
    file = (await admin(store, "/feeds export")).file
    assert file is not None
    assert [feed.url for feed in from_opml(file.data, NOON)] == [
        "https://a.example/?x=1&y=2",
        "https://b.example/",
    ]
    assert from_opml(file.data, NOON)[0].title == 'A "<b>" & 나'
    for feed in held.feeds():
        held.remove(feed.id)
    reply = await admin(store, "/feed import", attachment=Attachment("x.opml", file.data))
    assert "피드 2개를 더했습니다" in plain(reply)
    bad = await admin(store, "/feed import", attachment=Attachment("x.opml", b"<rss/>"))
    assert "OPML 파일이 아닙니다" in plain(bad)


async def test_anybody_proposes_and_an_administrator_decides(store: Store) -> None:
    url = "https://news.example/article?utm_source=x"
    assert "제안을 받았습니다" in plain(await told(store, f"/submit {url}"))
    (wanted,) = feeds(store).submissions()
    assert (wanted.url, wanted.user, wanted.chat) == ("https://news.example/article", "7", CHAT)
    shown = await admin(store, "/feeds")
    assert buttons(shown)["받아들이기"] == "/feed approve 1"

    reply = await admin(store, "/feed approve 1")

    assert "후보로 받아들였습니다: 메이투안 소식" in plain(reply)
    (entry,) = feeds(store).entries_since(NOON)
    assert (entry.feed, entry.title, entry.text, entry.url) == ("", "메이투안 소식", "본문", wanted.url)
    assert "이미 처리되었습니다" in plain(await admin(store, "/feed reject 1"))
    assert "이미 들어와 있는 기사" in plain(await told(store, f"/submit {url}"))


async def test_a_rejected_proposal_is_no_entry(store: Store) -> None:
    await told(store, "/submit https://news.example/article")
    assert "거절했습니다" in plain(await admin(store, "/feed reject 1"))
    assert feeds(store).entry_count() == 0
    assert len(feeds(store).submissions(SubmissionState.REJECTED)) == 1


async def test_one_person_cannot_flood_the_list(store: Store) -> None:
    for number in range(5):
        await told(store, f"/submit https://news.example/{number}")
    assert "아직 기다리고 있습니다" in plain(await told(store, "/submit https://news.example/x"))
    assert "제안을 받았습니다" in plain(await told(store, "/submit https://news.example/3"))
    assert "제안을 받았습니다" in plain(await told(store, "/submit https://news.example/x", user="8"))
    assert len(feeds(store).submissions()) == 6


@pytest.mark.parametrize(
    "text", ["/submit", "/submit x", "/submit file:///etc/passwd", "/submit https://a b"]
)
async def test_what_is_no_address_is_not_proposed(store: Store, text: str) -> None:
    assert "기사 주소가 아닙니다" in plain(await told(store, text))
    assert feeds(store).submissions() == ()


async def test_without_feeds_it_is_said(tmp_path: Path) -> None:
    bare = a_store(tmp_path)
    assert "여기서는 피드를 다룰 수 없습니다" in plain(await told(bare, "/submit https://news.example/"))
    bare.ledger.close()
    bare.library.close()


def test_the_list_that_comes_along_is_sound() -> None:
    from zoneinfo import ZoneInfo

    rows = default_rows()
    assert len({row["url"] for row in rows}) == len(rows) >= 15
    for row in rows:
        assert row["url"].startswith("https://")
        assert row["language"] in ("ko", "en", "zh")
        assert ZoneInfo(row["zone"])
        assert row["checked"] in ("yes", "no")
