"""Editors on Telegram: an issue is read, reviewed, published at a time, pushed, and corrected in place."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from handlers.sample import sample_text
from store.model import DeliveryState
from tests.build import a_story
from tests.fakes.telegram import Message, Room
from tests.journeys.telegram_stage import ADA, BOB, CHIEF, FRIDAY, MONDAY, Stage, a_stage, texts


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with a_stage(tmp_path) as stage:
        yield stage


async def pressed(stage: Stage, room: Room, message: Message, label: str) -> Message:
    """The message after the press: it edits itself, or a new one comes."""
    before, edits = len(stage.fake.sent(room)), message.edits
    stage.fake.press(room, CHIEF, message, label)
    await stage.fake.until(lambda: len(stage.fake.sent(room)) > before or message.edits > edits)
    return message if message.edits > edits else stage.fake.sent(room)[-1]


async def subscribed(stage: Stage, *, count: int = 3, full: bool = False) -> Room:
    """Ada has an edition of `count` stories, pushed on Monday."""
    room = stage.fake.private(ADA)
    await stage.say(room, ADA, "/subscribe")
    if full:
        stage.store.ledger.put_subscriber(replace(stage.subscriber(room), length="full"))
    stage.publish(stories=[a_story(f"2026-W47-{n}", title=f"{n}번 소식") for n in range(1, count + 1)])
    await stage.passes(MONDAY)
    return room


async def told(stage: Stage, text: str) -> str:
    chief = stage.fake.private(CHIEF)
    return (await stage.say(chief, CHIEF, text)).text


async def test_an_issue_goes_from_a_file_to_a_corrected_post(stage: Stage) -> None:
    room, chief = stage.fake.private(ADA), stage.fake.private(CHIEF)
    await stage.say(room, ADA, "/subscribe")
    preview = await stage.say(chief, CHIEF, "", document=("issue.txt", sample_text().encode()))
    stored = await pressed(stage, chief, preview, "승인")
    one = await pressed(stage, chief, stored, "검토")
    assert one.text.startswith("1/")
    two = await pressed(stage, chief, one, "다음 이야기")
    assert two.text.startswith("2/")
    assert two is one

    fixed = await told(stage, "/correct 2017-W47-5 title 고친 제목이다")
    assert "아직 어디에도 보내지 않아" in fixed
    planned = await told(stage, "/publish 2017-W47 월 08:30")
    assert "11월 23일" in planned
    assert "2017-W47" in await told(stage, "/status")
    await stage.passes(MONDAY)
    pushed = stage.fake.sent(room)[1:]
    assert "고친 제목이다" in texts(pushed)

    await told(stage, "/correct 2017-W47-5 title 두 번 고친 제목이다")
    await stage.passes(MONDAY + timedelta(minutes=1))

    after = stage.fake.sent(room)[1:]
    assert [m.id for m in after] == [m.id for m in pushed]
    assert "두 번 고친 제목이다" in texts(after)
    assert "11월 23일에 고침" in texts(after)
    assert sum(m.edits for m in after) == 1
    found = await stage.say(room, ADA, "/story 2017-W47-5")
    assert "두 번 고친 제목이다" in found.text


async def test_an_issue_is_reviewed_before_anything_is_public(stage: Stage) -> None:
    chief = stage.fake.private(CHIEF)
    preview = await stage.say(chief, CHIEF, "", document=("issue.txt", sample_text().encode()))
    one = await pressed(stage, chief, preview, "한 편씩 검토")
    assert one.text.startswith("1/15")
    assert "발행 전" in one.text
    edition = stage.store.library.edition("2017-W47")
    assert edition is not None
    assert edition.published_at is None


async def test_only_the_message_that_changed_is_edited_and_its_buttons_stay(stage: Stage) -> None:
    room = stage.fake.private(ADA)
    await stage.say(room, ADA, "/subscribe")
    stage.store.ledger.put_subscriber(replace(stage.subscriber(room), length="full"))
    body = "긴 본문의 문장이 이어진다. " * 60
    stage.publish(stories=[a_story(f"2026-W47-{n}", title=f"{n}번 소식", body=body) for n in range(1, 13)])
    await stage.passes(MONDAY)
    parts = stage.fake.sent(room)[1:]
    before = [(m.text, m.keyboard) for m in parts]
    assert len(parts) > 2

    assert "메시지 1개" in await told(stage, "/correct 2026-W47-12 title 새 끝 소식 --dry-run")
    assert stage.store.library.story("2026-W47-12").title == "12번 소식"  # type: ignore[union-attr]
    await told(stage, "/correct 2026-W47-12 title 새 끝 소식")
    await stage.passes(MONDAY + timedelta(minutes=2))

    assert [m.edits for m in parts] == [0] * (len(parts) - 1) + [1]
    assert "새 끝 소식" in parts[-1].text
    assert [(m.text, m.keyboard) for m in parts[:-1]] == before[:-1]
    assert parts[-1].labels == [b["text"] for row in before[-1][1] for b in row]


async def test_what_needs_more_messages_goes_on_below_and_what_needs_fewer_says_so(stage: Stage) -> None:
    room = await subscribed(stage, full=True)
    assert len(stage.fake.sent(room)) == 2

    await told(stage, f"/correct 2026-W47-2 body {'아주 긴 새 본문이 이어진다. ' * 300}")
    await stage.passes(MONDAY + timedelta(minutes=2))
    grown = stage.fake.sent(room)[1:]
    assert len(grown) > 1
    assert [row.state for row in stage.deliveries(room)] == [DeliveryState.SENT] * len(grown)
    assert "(1/" in grown[0].text

    await told(stage, "/correct 2026-W47-2 body 짧은 본문이다.")
    await stage.passes(MONDAY + timedelta(minutes=4))
    shrunk = stage.fake.sent(room)[1:]
    assert [m.id for m in shrunk] == [m.id for m in grown]
    assert {m.text for m in shrunk[1:]} == {"이 메시지의 내용은 위 메시지로 옮겼습니다."}
    assert "짧은 본문이다." in shrunk[0].text

    await told(stage, f"/correct 2026-W47-2 body {'다시 긴 본문이 이어진다. ' * 300}")
    await stage.passes(MONDAY + timedelta(minutes=6))
    assert len(stage.fake.sent(room)[1:]) == len(grown)
    assert "다시 긴 본문이" in stage.fake.sent(room)[2].text


async def test_a_process_that_dies_between_correcting_and_editing_loses_nothing(stage: Stage) -> None:
    room = await subscribed(stage)
    await told(stage, "/correct 2026-W47-2 title 새 제목이다")
    await stage.restart()
    await stage.passes(MONDAY + timedelta(minutes=2))
    message = stage.fake.sent(room)[1]
    assert (message.edits, "새 제목이다" in message.text) == (1, True)

    stage.fake.fail("lost", method="editMessageText")
    await told(stage, "/correct 2026-W47-2 title 또 새 제목이다")
    await stage.passes(MONDAY + timedelta(minutes=3))
    await stage.restart()
    await stage.passes(MONDAY + timedelta(minutes=5))
    assert "또 새 제목이다" in message.text
    assert message.edits == 2  # the second request found the message as it should be
    assert stage.store.ledger.edit_counts() == {"done": 1}


async def test_a_message_that_is_gone_is_settled_and_told(stage: Stage) -> None:
    room = await subscribed(stage)
    stage.fake.delete(stage.fake.sent(room)[1])
    await told(stage, "/correct 2026-W47-2 title 새 제목이다")
    await stage.passes(MONDAY + timedelta(minutes=2))

    errors = await told(stage, "/errors")
    assert "고치지 못한 메시지: 1개" in errors
    assert "지워졌거나" in errors
    assert stage.store.ledger.edit_counts() == {"failed": 1}


async def test_a_wait_is_obeyed_and_a_push_goes_first(stage: Stage) -> None:
    room = await subscribed(stage)
    stage.fake.too_many(30, method="editMessageText")
    await told(stage, "/correct 2026-W47-2 title 새 제목이다")
    await stage.passes(MONDAY + timedelta(minutes=1))
    calls = len(stage.fake.called("editMessageText"))
    await stage.passes(MONDAY + timedelta(minutes=1, seconds=20))
    assert len(stage.fake.called("editMessageText")) == calls
    await stage.passes(MONDAY + timedelta(minutes=1, seconds=40))
    assert "새 제목이다" in stage.fake.sent(room)[1].text


async def test_what_is_composed_after_a_correction_is_not_edited(stage: Stage) -> None:
    room = await subscribed(stage)
    late = stage.fake.private(BOB)
    await stage.say(late, BOB, "/subscribe")
    await told(stage, "/correct 2026-W47-2 title 새 제목이다")
    await told(stage, "/drop 2026-W47-3")
    await stage.say(late, BOB, "/latest")
    await stage.passes(MONDAY + timedelta(minutes=2))
    assert stage.fake.sent(room)[1].edits == 1
    assert "새 제목이다" in stage.fake.sent(late)[-1].text
    assert stage.fake.sent(late)[-1].edits == 0


async def test_a_story_that_is_dropped_leaves_the_post(stage: Stage) -> None:
    room, chief = await subscribed(stage), stage.fake.private(CHIEF)
    question = await stage.say(chief, CHIEF, "/drop 2026-W47-2")
    assert stage.store.library.story("2026-W47-2") is not None
    await pressed(stage, chief, question, "빼기")
    await stage.passes(MONDAY + timedelta(minutes=2))
    text = stage.fake.sent(room)[1].text
    assert "2번 소식" not in text
    assert "실린 이야기를 고침" in text
    assert stage.store.library.story("2026-W47-2") is None


async def test_an_editor_is_reminded_once_the_day_before(stage: Stage) -> None:
    chief = stage.fake.private(CHIEF)
    stage.app.settings = replace(stage.app.settings, admins=frozenset({f"telegram:{CHIEF.id}"}))
    await stage.say(stage.fake.private(ADA), ADA, "/subscribe")
    await stage.passes(FRIDAY + timedelta(hours=1))
    assert stage.fake.sent(chief) == []
    await stage.passes(MONDAY - timedelta(hours=23))
    await stage.restart()
    stage.app.settings = replace(stage.app.settings, admins=frozenset({f"telegram:{CHIEF.id}"}))
    await stage.passes(MONDAY - timedelta(hours=2))
    assert len(stage.fake.sent(chief)) == 1
    assert "새 호가 없습니다" in stage.fake.sent(chief)[0].text


async def test_a_planned_publication_survives_downtime(stage: Stage) -> None:
    room = stage.fake.private(ADA)
    await stage.say(room, ADA, "/subscribe")
    stage.publish()
    edition = replace(stage.store.library.edition("2026-W47"), published_at=None)  # type: ignore[type-var]
    stage.store.library.put_edition(edition, stage.store.library.stories_of("2026-W47"))  # type: ignore[arg-type]
    await told(stage, "/publish 2026-W47 2026-11-23T08:55")
    stage.now = MONDAY + timedelta(hours=1)
    await stage.restart()
    await stage.passes(MONDAY + timedelta(hours=1))
    assert len(stage.fake.sent(room)) == 2
    assert stage.store.ledger.publications() == ()
