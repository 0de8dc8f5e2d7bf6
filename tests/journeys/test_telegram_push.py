"""The weekly push on Telegram: once, whatever the platform, the chat and the process do."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from store.model import DeliveryState, SubscriberState
from tests.build import a_story
from tests.fakes.telegram.markup import units
from tests.journeys.telegram_stage import (
    ADA,
    BOB,
    FRIDAY,
    MONDAY,
    Stage,
    a_stage,
    multi_part,
    texts,
)

WEEK = timedelta(days=7)


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with a_stage(tmp_path) as stage:
        yield stage


# the weekly push


async def test_a_subscriber_gets_the_push_once(stage: Stage) -> None:
    room = stage.fake.private(ADA)
    confirmation = await stage.say(room, ADA, "/subscribe")
    stage.publish(3)

    await stage.passes(MONDAY - timedelta(minutes=1))
    assert stage.fake.sent(room) == [confirmation]
    await stage.passes(MONDAY)
    pushed = stage.fake.sent(room)[1:]
    await stage.passes(MONDAY + timedelta(hours=3))
    await stage.restart()
    await stage.passes(MONDAY + timedelta(days=6))

    assert len(pushed) == 1
    assert stage.fake.sent(room)[1:] == pushed
    assert [d.state for d in stage.deliveries(room)] == [DeliveryState.SENT]
    assert stage.deliveries(room)[0].message_id == str(pushed[0].id)


async def test_a_push_goes_into_the_topic_that_subscribed(stage: Stage) -> None:
    forum = stage.fake.group(-100500, forum=True, topics=(7, 8), members={ADA: "creator"})

    await stage.say(forum, ADA, "/subscribe", thread=7)
    stage.publish()
    await stage.passes(MONDAY)

    assert [message.thread for message in stage.fake.sent(forum)] == [7, 7]
    assert stage.subscriber(forum, "7").state is SubscriberState.ACTIVE
    assert stage.store.ledger.subscriber(stage.chat(forum)) is None


async def test_a_topic_that_was_deleted_ends_its_own_subscription(stage: Stage) -> None:
    forum = stage.fake.group(-100500, forum=True, topics=(7,), members={ADA: "creator"})
    await stage.say(forum, ADA, "/subscribe", thread=7)
    await stage.say(forum, ADA, "/subscribe")
    forum.topics.clear()

    stage.publish()
    await stage.passes(MONDAY)

    assert stage.subscriber(forum, "7").state is SubscriberState.SUSPENDED
    assert stage.subscriber(forum).state is SubscriberState.ACTIVE
    assert [m.thread for m in stage.fake.sent(forum)] == [7, None, None]


async def test_forty_hostile_stories_arrive_whole_in_order_and_numbered(stage: Stage) -> None:
    titles = ("<b>R&D</b> &lt;", "<!channel> <@U1>", "\u202egnp.exe", "a\u0000\u200bb", "שלום", "👨‍👩‍👧" * 30)
    stories = [
        a_story(f"2026-W47-{n}", title=f"{n}번 {titles[n % 6]}", body="본문 문장이다. " * 40)
        for n in range(1, 41)
    ]
    room = stage.fake.private(ADA)
    await stage.say(room, ADA, "/subscribe")
    subscriber = stage.subscriber(room)
    stage.store.ledger.put_subscriber(replace(subscriber, length="full"))
    stage.publish(stories=stories)

    await stage.passes(MONDAY)

    pushed = stage.fake.sent(room)[1:]
    assert len(pushed) > 3
    assert [m.text.rsplit("\n", 1)[1] for m in pushed] == [
        f"({n}/{len(pushed)})" for n in range(1, len(pushed) + 1)
    ]
    assert re.findall(r"(\d+)번 ", texts(pushed)) == [str(n) for n in range(1, 41)]
    assert all(units(m.text) <= 4096 for m in pushed)
    assert "<b>R&D</b> &lt;" in texts(pushed)
    assert all(m.preview.get("is_disabled") for m in pushed)


async def test_a_restart_in_the_middle_of_a_push_goes_on_where_it_stopped(stage: Stage) -> None:
    room = await multi_part(stage)
    stage.now = MONDAY

    await stage.app.tick()
    stopped = len(stage.fake.sent(room)) - 1
    await stage.restart()
    await stage.passes(MONDAY)

    pushed = stage.fake.sent(room)[1:]
    assert 0 < stopped < len(pushed)
    assert re.findall(r"(\d+)번 소식", texts(pushed)) == [str(n) for n in range(1, 13)]
    assert {d.state for d in stage.deliveries(room)} == {DeliveryState.SENT}


async def test_too_many_requests_waits_and_posts_once(stage: Stage) -> None:
    room = await multi_part(stage)
    waits = stage.fake.too_many(40, chat=room.id)
    calls = len(stage.fake.called("sendMessage"))
    stage.now = MONDAY

    await stage.app.tick()
    stage.now = MONDAY + timedelta(seconds=39)
    await stage.app.tick()
    assert len(stage.fake.called("sendMessage")) == calls + 1
    await stage.passes(MONDAY + timedelta(minutes=2))

    pushed = stage.fake.sent(room)[1:]
    assert waits.times == 0
    assert re.findall(r"(\d+)번 소식", texts(pushed)) == [str(n) for n in range(1, 13)]


async def test_a_lost_answer_is_unknown_and_the_part_is_not_sent_again(stage: Stage) -> None:
    room = await multi_part(stage)
    stage.fake.fail("lost", chat=room.id)

    await stage.passes(MONDAY)

    pushed = stage.fake.sent(room)[1:]
    states = [d.state for d in sorted(stage.deliveries(room), key=lambda d: d.part)]
    assert states[0] is DeliveryState.UNKNOWN
    assert set(states[1:]) == {DeliveryState.SENT}
    assert re.findall(r"(\d+)번 소식", texts(pushed)) == [str(n) for n in range(1, 13)]


async def test_blocking_suspends_and_unblocking_goes_on_with_the_settings_kept(stage: Stage) -> None:
    room, slot = stage.fake.private(ADA), FRIDAY + timedelta(hours=6, minutes=30)
    await stage.say(room, ADA, "/subscribe fri 18:30")
    await stage.say(room, ADA, "/follow 메이투안")
    stage.fake.block(ADA, tell=False)
    stage.publish()
    await stage.passes(slot)
    suspended = stage.subscriber(room)

    stage.fake.unblock(ADA)
    welcome = (await stage.fake.arrived(room, 3))[2]
    stage.publish(week="2026-W48")
    await stage.passes(slot + WEEK)

    assert suspended.state is SubscriberState.SUSPENDED
    assert suspended.reason == "reason.blocked"
    back = stage.subscriber(room)
    assert back.state is SubscriberState.ACTIVE
    assert (back.schedule, back.follows) == (suspended.schedule, ("meituan",))
    assert "다시" in welcome.text
    assert "2026-W48" in stage.fake.sent(room)[3].text


async def test_being_told_of_a_block_suspends_at_once(stage: Stage) -> None:
    room = stage.fake.private(ADA)
    await stage.say(room, ADA, "/subscribe")

    stage.fake.block(ADA)
    await stage.quiet()

    assert stage.subscriber(room).state is SubscriberState.SUSPENDED
    assert stage.subscriber(room).next_at is None


async def test_a_group_that_kicks_and_adds_the_bot_again_keeps_its_settings(stage: Stage) -> None:
    group = stage.fake.group(-100500, members={ADA: "creator"})
    await stage.say(group, ADA, "/subscribe tue 10:00")

    stage.fake.kick(group, ADA)
    await stage.quiet()
    assert stage.subscriber(group).state is SubscriberState.SUSPENDED
    stage.fake.add(group, ADA)
    welcome = (await stage.fake.arrived(group, 2))[1]

    assert "다시" in welcome.text
    assert stage.subscriber(group).state is SubscriberState.ACTIVE
    assert (stage.subscriber(group).schedule.weekday, stage.subscriber(group).schedule.hour) == (1, 10)


async def test_who_lets_the_bot_in_is_told_in_private_what_it_can_do(stage: Stage) -> None:
    private = stage.fake.private(ADA)
    await stage.say(private, ADA, "/start")
    before = len(stage.fake.sent(private))
    channel = stage.fake.group(-100700, members={ADA: "creator"})
    channel.bot = "left"
    stage.fake.add(channel, ADA)
    told = (await stage.fake.arrived(private, before + 1))[-1]
    await stage.quiet()
    assert "/manage -100700 /subscribe" in told.text
    assert len(stage.fake.sent(private)) == before + 1


async def test_letting_the_bot_in_again_wakes_the_topics_that_subscribed(stage: Stage) -> None:
    forum = stage.fake.group(-100500, forum=True, topics=(7,), members={ADA: "creator"})
    await stage.say(forum, ADA, "/subscribe", thread=7)
    stage.fake.kick(forum, ADA, tell=False)
    stage.publish()
    await stage.passes(MONDAY)
    suspended = stage.subscriber(forum, "7")

    stage.fake.add(forum, ADA)
    await stage.quiet()

    assert (suspended.state, suspended.reason) == (SubscriberState.SUSPENDED, "reason.kicked")
    assert stage.subscriber(forum, "7").state is SubscriberState.ACTIVE


async def test_a_group_that_adds_the_bot_is_told_how_to_begin(stage: Stage) -> None:
    group = stage.fake.group(-100500)
    group.bot = "left"

    stage.fake.add(group, BOB)
    (hello,) = await stage.fake.arrived(group, 1)

    assert "/subscribe" in hello.text
    assert "Subscribe" in hello.labels


# a group becomes a supergroup


@pytest.mark.parametrize("told", [("to", "from"), ("from", "to"), ("to", "to", "from", "from"), ("from",)])
async def test_migration_keeps_everything_and_the_push_comes_once(
    stage: Stage, told: tuple[str, ...]
) -> None:
    group = stage.fake.group(-500, kind="group", members={ADA: "creator"})
    await stage.say(group, ADA, "/subscribe")
    await stage.say(group, ADA, "/follow 메이투안")
    before = stage.subscriber(group)

    new = stage.fake.migrate(group, -100500, tell=told)
    await stage.quiet()
    stage.publish()
    await stage.passes(MONDAY)

    assert stage.store.ledger.subscriber(stage.chat(group)) is None
    after = stage.subscriber(new)
    assert (after.follows, after.schedule, after.state) == (before.follows, before.schedule, before.state)
    assert texts(stage.fake.sent(new)).count("동네 배달 앱이 새 지갑을 열다") >= 1
    assert len(stage.deliveries(new)) == 1
    assert len(stage.fake.sent(group)) == 2


async def test_a_migration_that_only_the_error_tells_is_followed(stage: Stage) -> None:
    group = stage.fake.group(-500, kind="group", members={ADA: "creator"})
    await stage.say(group, ADA, "/subscribe")
    new = stage.fake.migrate(group, -100500, tell=())

    stage.publish()
    await stage.passes(MONDAY)

    assert stage.subscriber(new).state is SubscriberState.ACTIVE
    assert len(stage.fake.sent(new)) == 1
    assert [d.state for d in stage.deliveries(new)] == [DeliveryState.SENT]


async def test_an_answer_follows_a_migration_too(stage: Stage) -> None:
    group = stage.fake.group(-500, kind="group", members={ADA: "creator"})
    await stage.say(group, ADA, "/subscribe")
    new = stage.fake.migrate(group, -100500, tell=())

    stage.fake.say(group, ADA, "/help")
    (answer,) = await stage.fake.arrived(new, 1)

    assert "/company" in answer.text
    assert stage.subscriber(new).state is SubscriberState.ACTIVE
