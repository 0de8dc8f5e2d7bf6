"""Feeds on Telegram: from an address in chat to a push, its votes and its reasons; without an editor; what
dies or moves; what people propose; lists of feeds in and out.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from handlers.feed_lists import from_opml
from store.model import DeliveryState
from tests.feed_site import answer, rss
from tests.journeys.feeds_stage import SUNDAY, Newsroom, a_newsroom, article, opml, with_press
from tests.journeys.telegram_stage import ADA, BOB, MONDAY, texts


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Newsroom]:
    async with a_newsroom(tmp_path) as stage:
        yield stage


async def gathered(stage: Newsroom) -> None:
    """A page's feed was added in chat, the others by a list, and all were read on Sunday."""
    first, *others = with_press(stage.site)
    page = f"<html><head><link rel='alternate' type='application/rss+xml' href='{first}'></head></html>"
    stage.site.pages["/"] = answer(page.encode(), Content_Type="text/html")
    added = await stage.told(f"/feed add {stage.site.url('/')}")
    assert "1번 피드로 더했습니다" in added.text
    assert stage.site.url(first) in added.text
    listed = await stage.told("/feed import", document=("feeds.opml", opml(stage.site, others)))
    assert f"피드 {len(others)}개를 더했습니다" in listed.text
    stage.now = SUNDAY
    await stage.read()


async def test_a_feed_goes_from_an_address_to_a_push_a_vote_and_a_reason(stage: Newsroom) -> None:
    room = stage.fake.private(ADA)
    await stage.say(room, ADA, "/subscribe")
    await gathered(stage)
    assert "피드 3개, 읽지 못하는 것 0개" in (await stage.told("/feeds")).text

    draft = await stage.told("/draft")
    assert "이야기 15개" in draft.text
    assert "편집자가 발행을 눌러야" in draft.text
    one = await stage.pressed(draft, "2번")
    assert "같은 소식으로 묶은 보도 3건" in one.text
    assert "23억 8000만 달러" in one.text.split("같은 소식")[0]  # in the reader's words, whoever printed it
    dropped = one.text.splitlines()[0].removeprefix("2. ")
    after = await stage.pressed(one, "초안에서 빼기")
    assert dropped not in after.text
    spare = await stage.pressed(after, "예비 보기")
    wanted = spare.text.split("• 17. ")[1].split(" · ")[0]
    added = await stage.told("/draft 17 add")
    assert f"{wanted} ·" in added.text
    kept = await stage.pressed(added, "호로 만들어 두기")
    assert "아직 발행하지 않았습니다" in kept.text

    review = await stage.told("/review 2026-W48")
    assert review.text.startswith("1/15")
    await stage.pressed(await stage.told("/publish 2026-W48"), "발행")
    await stage.passes(MONDAY)
    pushed = stage.fake.sent(room)[1:]
    assert wanted in texts(pushed)
    assert dropped not in texts(pushed)

    story = await stage.say(room, ADA, "/story 2026-W48-1")
    before = len(stage.fake.sent(room))
    stage.fake.press(room, ADA, story, "👍 좋았어요")
    thanks = (await stage.fake.arrived(room, before + 1))[before]
    assert "좋았어요 1, 별로예요 0" in thanks.text
    why = await stage.say(room, ADA, "/why 2026-W48-1")
    assert "위였습니다" in why.text
    assert "같은 소식으로 묶은 보도 4건" in why.text
    assert "좋았어요 1" in why.text


async def test_without_an_editor_the_clock_publishes_once(tmp_path: Path) -> None:
    async with a_newsroom(tmp_path, editor="none") as stage:
        room = stage.fake.private(ADA)
        await stage.say(room, ADA, "/subscribe")
        await gathered(stage)
        assert "08:00 KST에 저절로 발행됩니다" in (await stage.told("/draft")).text
        due = MONDAY - timedelta(hours=1)
        await stage.passes(due - timedelta(seconds=1))
        assert stage.store.library.edition_count() == 0
        await stage.passes(due)
        (edition,) = stage.store.library.editions(limit=10)
        assert edition.published_at == due

        await stage.restart()
        await stage.passes(MONDAY)
        pushed = stage.fake.sent(room)[1:]
        await stage.passes(MONDAY + timedelta(hours=3))
        await stage.restart()
        await stage.passes(MONDAY + timedelta(days=6, hours=22))

        assert [each.id for each in stage.store.library.editions(limit=10)] == ["2026-W48"]
        assert edition.title in texts(pushed)
        assert stage.fake.sent(room)[1:] == pushed
        assert {row.state for row in stage.deliveries(room)} == {DeliveryState.SENT}


async def test_feeds_that_die_end_or_move_are_told_once(stage: Newsroom) -> None:
    site = stage.site
    for path in ("/dies", "/old", "/ends"):
        site.pages[path] = answer(rss("소식"))
        await stage.told(f"/feed add {site.url(path)}")
    await stage.read()
    assert await stage.noticed() == []

    site.pages["/new"] = site.pages["/old"]
    site.pages["/dies"] = answer(status="503 Service Unavailable")
    site.pages["/ends"] = answer(status="410 Gone")
    site.pages["/old"] = answer(status="301 Moved Permanently", Location="/new")
    said = []
    for _ in range(24):
        stage.now += timedelta(hours=8)
        await stage.read()
        said += await stage.noticed()
    assert len(said) == 3
    assert "읽지 못한 피드가 있습니다: 1번" in texts(said)
    assert f"새 주소로 읽습니다: 2번 소식 {site.url('/new')}" in texts(said)
    assert "없앴다고 답한 피드라 더 읽지 않습니다: 3번" in texts(said)
    listed = (await stage.told("/feeds")).text
    assert "피드 3개, 읽지 못하는 것 2개" in listed
    assert "503" in listed

    site.pages["/dies"] = answer(rss("새 소식", "소식"))
    stage.now += timedelta(days=2)
    await stage.read()
    assert "정상" in (await stage.told("/feed 1")).text
    assert "읽지 못하는 것 1개" in (await stage.told("/feeds")).text
    assert await stage.noticed() == []
    assert [path for path, _ in site.asked].count("/ends") == 3  # a look, a read, the end


async def test_what_people_propose_is_decided_by_an_editor(stage: Newsroom) -> None:
    site = stage.site
    site.pages["/1"] = answer(article("메이투안의 새 로봇"), Content_Type="text/html; charset=utf-8")
    room = stage.fake.private(BOB)
    assert "received" in (await stage.say(room, BOB, f"/submit {site.url('/1')}")).text
    await stage.say(room, BOB, f"/submit {site.url('/2')}")
    assert "Only those who run this bot" in (await stage.say(room, BOB, "/feed approve 1")).text
    assert site.asked == []  # nothing that a stranger named is fetched before somebody approved it

    (first,) = await stage.noticed()  # a chat takes one message a second
    stage.now += timedelta(seconds=10)
    (second,) = await stage.noticed()
    assert site.url("/1") in first.text
    begun = stage.now
    taken = await stage.pressed(first, "받아들이기")
    assert "메이투안의 새 로봇" in taken.text
    assert taken.labels == []
    rejected = await stage.pressed(second, "거절")
    assert "제안 2번을 거절했습니다" in rejected.text
    assert "이미 처리되었습니다" in (await stage.told("/feed approve 2")).text
    await stage.passes(stage.now)

    assert [path for path, _ in site.asked] == ["/1"]
    (entry,) = stage.feeds.entries_since(begun)
    assert {mention.company for mention in entry.mentions} == {"meituan"}
    assert "here already" in (await stage.say(room, BOB, f"/submit {site.url('/1')}")).text
    stage.now += timedelta(seconds=10)
    seen = len(stage.fake.sent(room))
    for _ in range(3):  # a chat takes one message a second
        assert await stage.noticed() == []
        stage.now += timedelta(seconds=10)
    told = stage.fake.sent(room)[seen:]
    assert ["was accepted" in one.text for one in told] == [True, False]
    assert site.url("/2") in told[1].text


async def test_a_proposed_page_that_cannot_be_read_waits_on(stage: Newsroom) -> None:
    room = stage.fake.private(BOB)
    await stage.say(room, BOB, f"/submit {stage.site.url('/none')}")
    (told,) = await stage.noticed()
    failed = await stage.pressed(told, "받아들이기")
    assert "404" in failed.text
    stage.site.pages["/none"] = answer(article("뒤늦은 기사"), Content_Type="text/html; charset=utf-8")
    assert "뒤늦은 기사" in (await stage.told("/feed approve 1")).text


async def test_a_list_of_feeds_goes_in_and_out(stage: Newsroom) -> None:
    paths = with_press(stage.site)
    sent = opml(stage.site, paths)
    room = stage.fake.private(BOB)
    assert "Only those who run this bot" in (await stage.say(room, BOB, "", document=("a.opml", sent))).text
    bare = await stage.told("", document=("feeds.opml", sent))
    assert "피드 3개를 더했습니다" in bare.text
    again = await stage.told("/feed import", document=("feeds.opml", sent))
    assert "피드 0개를 더했습니다. 이미 있던 것 3개" in again.text
    assert "OPML 파일이 없습니다" in (await stage.told("/feed import")).text
    broken = await stage.told("", document=("feeds.opml", b"<opml><body/></opml>"))
    assert "OPML 파일이 아닙니다" in broken.text

    asked = await stage.told("/feeds export")
    assert asked.document is not None
    name, data = asked.document
    assert name == "feeds.opml"
    assert [feed.url for feed in from_opml(data, stage.now)] == [stage.site.url(path) for path in paths]
