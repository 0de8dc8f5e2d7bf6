"""Feeds on Slack, on the same App as Telegram: from a list of feeds to a digest, its votes and reasons."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.feed_notices import tell_admins, tell_proposers
from handlers.feed_lists import from_opml
from tests.feed_site import answer, rss
from tests.journeys.feeds_stage import (
    SUNDAY,
    Newsroom,
    OnSlack,
    a_newsroom,
    article,
    on_slack,
    opml,
    with_press,
)
from tests.journeys.telegram_stage import MONDAY


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Newsroom]:
    async with a_newsroom(tmp_path) as stage:
        yield stage


@pytest.fixture
async def slack(stage: Newsroom) -> AsyncIterator[OnSlack]:
    async with on_slack(stage) as slack:
        yield slack


async def test_a_feed_goes_from_an_address_to_a_digest_a_vote_and_a_reason(
    stage: Newsroom, slack: OnSlack
) -> None:
    await slack.people.command("/subscribe", channel="C1", user="U1")
    await slack.door.settled()
    first, *others = with_press(stage.site)
    added = await slack.told(f"/feed add {stage.site.url(first)}")
    assert "1번 피드로 더했습니다" in added.words()
    file = slack.people.file("feeds.opml", opml(stage.site, others))
    listed = await slack.told("", files=[file])
    assert "피드 2개를 더했습니다" in listed.words()
    stage.now = SUNDAY
    await stage.read()
    assert "읽지 못하는 것 0개" in (await slack.told("/feeds")).words()

    draft = await slack.told("/draft")
    one = await slack.pressed(draft, "2번")
    dropped = "SMIC 가동률 95.8%"
    assert dropped in one.words()
    after = await slack.pressed(one, "초안에서 빼기")
    assert dropped not in after.words()
    kept = await slack.pressed(after, "호로 만들어 두기")
    assert "아직 발행하지 않았습니다" in kept.words()
    review = await slack.told("/review 2026-W48")
    assert "1/15" in review.words()
    await slack.pressed(await slack.told("/publish 2026-W48"), "발행")
    await stage.passes(MONDAY)
    digest = [m for m in slack.slack.posts if m.channel == "C1"]
    assert {m.thread_ts for m in digest[1:]} == {digest[0].ts}
    assert dropped not in "".join(m.words() for m in digest)

    story = await slack.told("/story 2026-W48-1", user="U2")
    thanks = await slack.pressed(story, "👍 좋았어요", user="U2")
    assert "좋았어요 1, 별로예요 0" in thanks.words()
    why = await slack.told("/why 2026-W48-1", user="U2")
    assert "위였습니다" in why.words()


async def test_what_people_propose_is_decided_by_an_editor(stage: Newsroom, slack: OnSlack) -> None:
    stage.site.pages["/1"] = answer(article("메이투안의 새 로봇"), Content_Type="text/html; charset=utf-8")
    thanks = await slack.told(f"/submit {stage.site.url('/1')}", user="U2")
    assert "제안을 받았습니다" in thanks.words()
    refused = await slack.told("/feed approve 1", user="U2")
    assert "운영자만 쓸 수 있습니다" in refused.words()
    assert stage.site.asked == []
    before = len(slack.slack.world.messages)
    assert await tell_admins(stage.app) == 1
    (told,) = slack.slack.world.messages[before:]
    taken = await slack.pressed(told, "받아들이기")
    assert "메이투안의 새 로봇" in taken.words()
    stage.now += timedelta(seconds=10)  # a chat takes one message a second
    before = len(slack.slack.world.messages)
    await tell_proposers(stage.app)
    (told,) = slack.slack.world.messages[before:]
    assert "제안하신 기사를 받아들였습니다" in told.words()


async def test_a_list_of_feeds_goes_in_and_out(stage: Newsroom, slack: OnSlack) -> None:
    paths = with_press(stage.site)
    file = slack.people.file("feeds.opml", opml(stage.site, paths))
    assert "피드 3개를 더했습니다" in (await slack.told("/feed import", files=[file])).words()
    held = set(slack.slack.world.files)
    await slack.told("/feeds export")
    ((name, data),) = [slack.slack.world.files[key] for key in slack.slack.world.files.keys() - held]
    assert name == "feeds.opml"
    assert [feed.url for feed in from_opml(data, stage.now)] == [stage.site.url(path) for path in paths]
    stage.site.pages["/gone"] = answer(rss("끝"))
    await slack.told(f"/feed add {stage.site.url('/gone')}")
    stage.site.pages["/gone"] = answer(status="410 Gone")
    await stage.read()
    stage.now += timedelta(seconds=10)
    before = len(slack.slack.world.messages)
    assert await tell_admins(stage.app) == 1
    (told,) = slack.slack.world.messages[before:]
    assert "없앴다고 답한 피드라 더 읽지 않습니다: 4번" in told.words()
