"""Editors on Slack: review and publish in a channel, correct the parent and the replies in place."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from handlers.sample import sample_text
from store.model import Chat, DeliveryState
from tests.build import a_week
from tests.fakes.slack import Fault, Message
from tests.journeys.slack_stage import MONDAY, Stage, peopled, said, staged

ADMINS = frozenset({"slack:T1/U1"})


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(tmp_path, admins=ADMINS) as stage:
        peopled(stage)
        yield stage


async def typed(stage: Stage, text: str) -> Message:
    """What the editor is told, in the direct conversation with the bot."""
    before = len(stage.slack.world.messages)
    await said(stage, await stage.people.direct(text, user="U1"))
    answers = [m for m in stage.slack.world.messages[before:] if m.user != "U1"]
    assert answers
    return answers[-1]


async def pushed(stage: Stage, count: int = 8) -> list[Message]:
    """The digest of `count` stories as C1 got it: a parent, then its replies."""
    stage.publish(*a_week("2017-W47", count))
    await said(stage, await stage.people.command("/subscribe", channel="C1", user="U1"))
    stage.time.now = MONDAY
    await stage.drained()
    return in_channel(stage)


async def nobody() -> list[Chat]:
    return []


def in_channel(stage: Stage) -> list[Message]:
    return [m for m in stage.slack.posts if m.channel == "C1"]


async def test_an_issue_goes_from_a_file_to_a_corrected_digest(stage: Stage) -> None:
    await said(stage, await stage.people.command("/subscribe", channel="C1", user="U1"))
    file = stage.people.file("issue.txt", sample_text().encode())
    await said(stage, await stage.people.direct("", user="U1", files=[file]))
    await said(stage, await stage.people.press(stage.slack.world.messages[-1], "승인", user="U1"))
    one = await typed(stage, "/review 2017-W47")
    await said(stage, await stage.people.press(one, "다음 이야기", user="U1"))
    assert "2/" in one.words()
    assert "2017-W47" in (await typed(stage, "/publish 2017-W47 월 09:00")).words()
    stage.time.now = MONDAY
    await stage.editing.before_the_push(nobody)
    await stage.drained()
    digest = in_channel(stage)
    assert len(digest) > 1

    told = await typed(stage, "/correct 2017-W47-5 title 고친 제목이다")
    assert "메시지 2개" in told.words()
    await stage.corrected()

    assert [m.ts for m in in_channel(stage)] == [m.ts for m in digest]
    assert [m.edits for m in digest if m.edits] == [1, 1]  # the list of titles, and the reply
    parent, *thread = digest
    assert "고친 제목이다" in parent.words()
    corrected = [m for m in thread if "고친 제목이다" in m.words()]
    assert len(corrected) == 1
    assert "에 고침" in corrected[0].words()
    assert corrected[0].buttons()


async def test_a_digest_grows_in_its_thread(stage: Stage) -> None:
    stage.publish(*a_week("2017-W47", 4))
    await said(stage, await stage.people.command("/subscribe", channel="C1", user="U1"))
    subscriber = stage.store.ledger.subscriber(stage.chat("C1"))
    assert subscriber is not None
    stage.store.ledger.put_subscriber(replace(subscriber, length="full"))
    stage.time.now = MONDAY
    await stage.drained()
    digest = in_channel(stage)
    # Settings of today say nothing of what was posted.
    stage.store.ledger.put_subscriber(replace(subscriber, length="short", language="en"))
    await typed(stage, f"/correct 2017-W47-2 body {'아주 긴 새 본문이 이어진다. ' * 2000}")
    await stage.corrected()
    after = in_channel(stage)
    assert len(after) > len(digest)
    assert {m.thread_ts for m in after[1:]} == {digest[0].ts}
    assert "에 고침" in "".join(m.words() for m in after)
    states = [row.state for row in stage.store.ledger.deliveries(stage.chat("C1"))]
    assert states == [DeliveryState.SENT] * len(after)


async def test_a_reply_that_is_not_needed_any_more_becomes_a_note(stage: Stage) -> None:
    digest = await pushed(stage, 6)
    assert {m.thread_ts for m in digest[1:]} == {digest[0].ts}
    for number in (6, 5):
        question = await typed(stage, f"/drop 2017-W47-{number}")
        await said(stage, await stage.people.press(question, "빼기", user="U1"))
    await stage.corrected()
    after = in_channel(stage)
    assert [m.ts for m in after] == [m.ts for m in digest]
    assert "위 메시지로 옮겼습니다" in after[-1].words()


async def test_a_lost_answer_to_an_edit_is_an_edit_again(stage: Stage) -> None:
    digest = await pushed(stage, 2)
    stage.slack.fail("chat.update", Fault("lose"), Fault("status", status=503))
    await typed(stage, "/correct 2017-W47-2 title 고친 제목이다")
    await stage.corrected()
    assert "고친 제목이다" in digest[0].words()
    assert stage.store.ledger.edit_counts() == {"done": 2}
    assert len(in_channel(stage)) == len(digest)


async def test_a_wait_for_edits_holds_no_push(stage: Stage) -> None:
    digest = await pushed(stage, 2)
    stage.slack.fail("chat.update", Fault("status", status=429, retry_after="120"))
    await typed(stage, "/correct 2017-W47-2 title 고친 제목이다")
    at = stage.time.now
    await stage.editing.behind_the_push(None)
    calls = stage.slack.calls["chat.update"]
    await said(stage, await stage.people.direct("/send 2017-W47 slack:T1:C1", user="U1"))
    question = stage.slack.world.messages[-1]
    await said(stage, await stage.people.press(question, "1곳으로 보내기", user="U1"))
    await stage.drained()
    assert len(in_channel(stage)) == 2 * len(digest)
    assert (stage.time.now - at).total_seconds() < 60
    assert stage.slack.calls["chat.update"] == calls
    await stage.corrected()
    assert "고친 제목이다" in digest[0].words()


async def test_a_message_that_is_gone_is_settled_and_told(stage: Stage) -> None:
    digest = await pushed(stage, 2)
    stage.slack.world.messages.remove(digest[-1])
    await typed(stage, "/correct 2017-W47-2 title 고친 제목이다")
    await stage.corrected()
    assert stage.store.ledger.edit_counts() == {"done": 1, "failed": 1}
    assert "Slack 메시지가 지워졌거나" in (await typed(stage, "/errors")).words()


async def test_a_failed_edit_is_taken_up_again_on_demand(stage: Stage) -> None:
    digest = await pushed(stage, 2)
    stage.slack.fail("chat.update", Fault("error", error="cant_update_message"))
    await typed(stage, "/correct 2017-W47-2 title 고친 제목이다")
    await stage.corrected()
    assert stage.store.ledger.edit_counts() == {"done": 1, "failed": 1}
    told = await typed(stage, "/errors")
    await said(stage, await stage.people.press(told, "다시 고치기", user="U1"))
    sure = stage.slack.world.messages[-1]
    await said(stage, await stage.people.press(sure, "네, 고칩니다", user="U1"))
    await stage.corrected()
    assert stage.store.ledger.edit_counts() == {"done": 2}
    assert sum("고친 제목이다" in m.words() for m in digest) == 2
    assert "고치지 못한" not in (await typed(stage, "/errors")).words()
    assert "고치지 못한 메시지가 없습니다" in (await typed(stage, "/retry edits")).words()


async def test_an_issue_is_reviewed_before_anything_is_public(stage: Stage) -> None:
    file = stage.people.file("issue.txt", sample_text().encode())
    await said(stage, await stage.people.direct("", user="U1", files=[file]))
    await said(stage, await stage.people.press(stage.slack.world.messages[-1], "한 편씩 검토", user="U1"))
    one = stage.slack.world.messages[-1]
    assert one.words().startswith("1/15")
    assert "발행 전" in one.words()
    edition = stage.store.library.edition("2017-W47")
    assert edition is not None
    assert edition.published_at is None


async def test_only_an_editor_may(stage: Stage) -> None:
    await pushed(stage, 2)
    for text in (
        "/correct 2017-W47-2 title 나쁜 제목",
        "/drop 2017-W47-2",
        "/move 2017-W47-2 1",
        "/insights",
    ):
        before = len(stage.slack.world.messages)
        stage.slack.world.direct("U2")
        await said(stage, await stage.people.direct(text, user="U2"))
        assert len(stage.slack.world.messages) > before
    assert stage.store.library.story("2017-W47-2").title != "나쁜 제목"  # type: ignore[union-attr]
    assert stage.store.ledger.corrections("2017-W47") == ()


async def test_who_runs_the_bot_is_reminded_in_their_own_conversation(stage: Stage) -> None:
    stage.publish(*a_week("2017-W47", 1))
    await said(stage, await stage.people.command("/subscribe", channel="C1", user="U1"))
    stage.time.now = MONDAY
    await stage.drained()
    stage.time.now = MONDAY + timedelta(days=6, hours=1)
    before = len(stage.slack.world.messages)

    async def editors() -> list[Chat]:
        found = await stage.door.private("T1/U1")
        assert found is not None
        return [found]

    for _ in range(2):  # looked at again and again, reminded once a week
        await stage.editing.before_the_push(editors)
        await stage.drained()
        stage.time.now += timedelta(minutes=11)
    told = stage.slack.world.messages[before:]
    assert [m.channel for m in told] == [stage.slack.world.direct("U1").id]
    assert "1곳으로 보낼 차례인데, 새 호가 없습니다" in told[0].words()
