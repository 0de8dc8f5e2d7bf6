"""Asking on Telegram: by typing and by button, in private, groups, topics and channels."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.telegram_desk import AGAIN
from store.model import SubscriberState
from tests.build import a_story
from tests.fakes.telegram import Person
from tests.journeys.telegram_stage import (
    ADA,
    BOB,
    CHIEF,
    LIN,
    MONDAY,
    Stage,
    a_stage,
    label_of,
)


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with a_stage(tmp_path) as stage:
        yield stage


# asking


@pytest.mark.parametrize(("person", "word"), [(ADA, "구독"), (BOB, "ubscribe"), (LIN, "订阅")])
async def test_start_answers_in_the_language_of_the_client(stage: Stage, person: Person, word: str) -> None:
    message = await stage.say(stage.fake.private(person), person, "/start")

    assert word in message.text + " ".join(message.labels)


async def test_a_company_is_found_by_typing_and_by_a_button(stage: Stage) -> None:
    stage.publish()
    room = stage.fake.private(ADA)

    typed = await stage.say(room, ADA, "/company 메이투안")
    digest = await stage.say(room, ADA, "/latest")
    label = label_of(digest, "/company id:meituan")
    stage.fake.press(room, ADA, digest, label)
    await stage.fake.until(lambda: len(stage.fake.answered) == 1)
    await stage.fake.until(lambda: len(stage.fake.sent(room)) == 3 or digest.edits)

    pressed = digest if digest.edits else stage.fake.sent(room)[-1]
    assert "메이투안" in typed.text
    assert "메이투안" in pressed.text
    assert "동네 배달 앱이 새 지갑을 열다" in typed.text


@pytest.mark.parametrize("name", ["meituan", "美团", "메이투안", "Meituan"])
async def test_a_name_alone_is_enough_in_private(stage: Stage, name: str) -> None:
    stage.publish()

    message = await stage.say(stage.fake.private(ADA), ADA, name)

    assert "메이투안" in message.text


async def test_a_misspelt_name_offers_buttons_and_a_press_answers(stage: Stage) -> None:
    stage.publish()
    room = stage.fake.private(ADA)

    offer = await stage.say(room, ADA, "/company meitun")
    label = label_of(offer, "/company id:meituan")
    stage.fake.press(room, ADA, offer, label)
    await stage.fake.until(lambda: offer.edits or len(stage.fake.sent(room)) == 2)

    answer = offer if offer.edits else stage.fake.sent(room)[1]
    assert "동네 배달 앱이 새 지갑을 열다" in answer.text


async def test_an_ambiguous_name_lists_candidates_as_buttons(stage: Stage) -> None:
    stage.publish()
    ambiguous = next(
        name
        for company in stage.store.catalogue.companies.values()
        for name in (*company.ko, *company.en)
        if stage.store.catalogue.find(name).status == "ambiguous"
    )

    message = await stage.say(stage.fake.private(ADA), ADA, f"/company {ambiguous}")

    assert len(message.buttons) >= 2
    assert all(len(b["callback_data"].encode()) <= 64 for b in message.buttons)


async def test_paging_changes_the_message_in_its_place(stage: Stage) -> None:
    stage.publish(16)
    room = stage.fake.private(ADA)

    page = await stage.say(room, ADA, "/company meituan")
    first = page.text
    forward = next(label for label in page.labels if "더" in label or "다음" in label)
    stage.fake.press(room, ADA, page, forward)
    await stage.fake.until(lambda: page.edits == 1)

    assert page.text != first
    assert len(stage.fake.sent(room)) == 1
    assert [call["callback_query_id"] for call in stage.fake.answered] != []


async def test_the_same_page_again_is_fine_and_says_nothing_more(stage: Stage) -> None:
    stage.publish(16)
    room = stage.fake.private(ADA)
    page = await stage.say(room, ADA, "/company meituan")
    forward = next(label for label in page.labels if "더" in label or "다음" in label)
    old = replace(page, keyboard=[list(row) for row in page.keyboard])

    for _ in range(2):
        stage.fake.press(room, ADA, old, forward)
        await stage.quiet()
        stage.now += AGAIN

    assert page.edits == 1
    assert len(stage.fake.called("editMessageText")) == 2
    assert len(stage.fake.sent(room)) == 1


@pytest.mark.parametrize(
    ("fault", "calls"),
    [
        ({"kind": "words", "status": 429, "text": "x", "parameters": {"retry_after": 3}}, 2),
        ({"kind": "lost"}, 2),
        ({"kind": "odd"}, 2),
        ({"kind": "page", "times": 3}, 3),
    ],
)
async def test_a_change_that_may_not_have_arrived_is_made_again(
    stage: Stage, fault: dict[str, Any], calls: int
) -> None:
    stage.publish(16)
    room = stage.fake.private(ADA)
    page = await stage.say(room, ADA, "/company meituan")
    forward = next(label for label in page.labels if "더" in label or "다음" in label)
    stage.fake.fail(**{"method": "editMessageText", **fault})

    stage.fake.press(room, ADA, page, forward)
    await stage.quiet()

    assert len(stage.fake.called("editMessageText")) == calls
    assert len(stage.fake.sent(room)) == 1


async def test_a_message_that_was_deleted_is_answered_below(stage: Stage) -> None:
    stage.publish(16)
    room = stage.fake.private(ADA)
    page = await stage.say(room, ADA, "/company meituan")
    forward = next(label for label in page.labels if "더" in label or "다음" in label)
    stage.fake.messages.remove(page)

    stage.fake.press(room, ADA, page, forward)
    (below,) = await stage.fake.arrived(room, 1)

    assert below.text != page.text


async def test_commands_for_another_bot_and_talk_among_people_are_left_alone(stage: Stage) -> None:
    stage.publish()
    group = stage.fake.group(-100500)

    for text in ("/company@OtherBot meituan", "메이투안 어때요?", "@JianbaoBotFan 메이투안", "그냥 말"):
        stage.fake.say(group, BOB, text)
    stage.fake.say(group, BOB, "/company meituan", edited=True)
    answer = await stage.say(group, BOB, "/company@jianbaobot meituan")

    assert "meituan" in answer.text.lower()
    assert len(stage.fake.sent(group)) == 1


async def test_a_mention_or_a_reply_asks_in_a_group(stage: Stage) -> None:
    stage.publish()
    group = stage.fake.group(-100500)

    mentioned = await stage.say(group, ADA, "@JianbaoBot 메이투안")
    to_us = {"reply_to_message": stage.fake.json(mentioned)}
    replied = await stage.say(group, ADA, "company meituan", **to_us)

    assert "메이투안" in mentioned.text
    assert "메이투안" in replied.text


async def test_every_scope_has_its_menu_in_every_language(stage: Stage) -> None:
    menus = stage.fake.menus
    scopes = ("all_private_chats", "all_group_chats", "all_chat_administrators")

    assert {(scope, 0, code) for scope in scopes for code in ("", "ko", "en", "zh")} <= set(menus)

    def names(scope: str, chat: int = 0) -> set[str]:
        return {command["command"] for command in menus[scope, chat, "ko"]}

    assert "company" in names("all_group_chats")
    assert "subscribe" not in names("all_group_chats")
    assert "subscribe" in names("all_private_chats") & names("all_chat_administrators")
    assert "import" not in names("all_private_chats")
    assert menus["all_private_chats", 0, ""] == menus["all_private_chats", 0, "ko"]
    assert menus["all_private_chats", 0, "ko"] != menus["all_private_chats", 0, "en"]


async def test_those_who_run_the_bot_see_their_commands_once_they_have_a_chat(stage: Stage) -> None:
    assert ("chat", CHIEF.id, "ko") not in stage.fake.menus
    stage.fake.private(CHIEF)

    await stage.restart()

    commands = {command["command"] for command in stage.fake.menus["chat", CHIEF.id, "ko"]}
    assert {"import", "status", "company"} <= commands


# who may


async def test_a_member_may_not_subscribe_a_group_and_an_administrator_may(stage: Stage) -> None:
    group = stage.fake.group(-100500, members={ADA: "administrator", BOB: "member"})

    refusal = await stage.say(group, BOB, "/subscribe")
    assert stage.store.ledger.subscriber(stage.chat(group)) is None
    await stage.say(group, ADA, "/subscribe")

    assert "administrator" in refusal.text
    assert stage.subscriber(group).state is SubscriberState.ACTIVE
    assert len(stage.fake.called("getChatMember")) == 2


async def test_the_platform_is_asked_again_after_a_minute(stage: Stage) -> None:
    group = stage.fake.group(-100500, members={ADA: "administrator"})

    await stage.say(group, ADA, "/subscribe")
    await stage.say(group, ADA, "/pause")
    assert len(stage.fake.called("getChatMember")) == 1
    group.members[ADA.id] = "member"
    stage.now += timedelta(seconds=61)
    await stage.say(group, ADA, "/unsubscribe")

    assert len(stage.fake.called("getChatMember")) == 2
    assert stage.subscriber(group).state is SubscriberState.PAUSED


async def test_an_anonymous_administrator_may_and_a_foreign_channel_may_not(stage: Stage) -> None:
    group = stage.fake.group(-100500)
    other = stage.fake.group(-100700, kind="channel")

    await stage.say(group, None, "/subscribe", sender_chat=other.json())
    assert stage.store.ledger.subscriber(stage.chat(group)) is None
    await stage.say(group, None, "/subscribe", sender_chat=group.json())

    assert stage.subscriber(group).state is SubscriberState.ACTIVE


async def test_a_channel_subscribes_by_its_own_post(stage: Stage) -> None:
    channel = stage.fake.group(-100600, kind="channel")
    stage.fake.say(channel, None, "메이투안")

    await stage.say(channel, None, "/subscribe")
    stage.publish()
    await stage.passes(MONDAY)

    assert len(stage.fake.sent(channel)) == 2
    assert "동네 배달 앱이" in stage.fake.sent(channel)[1].text


async def test_a_readers_press_in_a_channel_does_not_change_its_settings(stage: Stage) -> None:
    channel = stage.fake.group(-100600, kind="channel", members={BOB: "member"})
    shown = await stage.say(channel, None, "/settings")
    label = label_of(shown, "/settings silent on")

    before = (shown.edits, len(stage.fake.sent(channel)))
    stage.fake.press(channel, BOB, shown, label)
    await stage.fake.until(lambda: (shown.edits, len(stage.fake.sent(channel))) != before)
    pressed = stage.store.ledger.subscriber(stage.chat(channel))

    assert pressed is None or not pressed.silent


# pictures


async def test_a_trend_comes_as_a_photo_whose_caption_says_it_all(stage: Stage) -> None:
    for week in ("2026-W45", "2026-W46", "2026-W47"):
        stage.publish(week=week)
    room = stage.fake.private(ADA)

    message = await stage.say(room, ADA, "/trend 메이투안")

    assert message.photo is not None
    assert message.photo[0] == "trend-meituan.png"
    assert message.photo[1].startswith(b"\x89PNG")
    assert "주마다: 3, 3, 3개" in message.text
    assert "꺾은선 그래프" in message.text.splitlines()[-1]
    stage.fake.press(room, ADA, message, label_of(message, "/company id:meituan"))
    assert "메이투안 (美团" in (await stage.fake.arrived(room, 2))[1].text


async def test_a_group_that_takes_no_photos_gets_the_trend_in_words_and_stays_subscribed(
    stage: Stage,
) -> None:
    for week in ("2026-W46", "2026-W47"):
        stage.publish(week=week)
    group = stage.fake.group(-100500, members={ADA: "administrator"})
    await stage.say(group, ADA, "/subscribe")
    group.no_files = True

    message = await stage.say(group, ADA, "/trend 메이투안")

    assert message.photo is None
    assert "주마다: 3, 3개" in message.text
    assert stage.subscriber(group).state is SubscriberState.ACTIVE


# what others must not read, and what is none of our business


@pytest.mark.parametrize("command", ["/preview", "/export"])
async def test_what_only_the_asker_may_see_goes_to_their_own_chat(stage: Stage, command: str) -> None:
    stage.publish()
    group = stage.fake.group(-100500, members={ADA: "administrator"})
    room = stage.fake.private(ADA)
    await stage.say(group, ADA, "/subscribe")

    line = await stage.say(group, ADA, command)
    await stage.quiet()

    assert "개인 대화로 보냈습니다" in line.text
    assert line.document is None
    assert len(stage.fake.sent(group)) == 2
    told = stage.fake.sent(room)
    assert told
    assert not [
        data for m in told for b in m.buttons if (data := b.get("callback_data", "")).startswith("/sett")
    ]
    if command == "/export":
        assert told[0].document is not None
        assert b"-100500" in told[0].document[1]
    else:
        assert "동네 배달 앱이" in told[0].text


async def test_who_never_started_the_bot_is_told_how(stage: Stage) -> None:
    stage.publish()
    group = stage.fake.group(-100500, members={ADA: "administrator"})
    await stage.say(group, ADA, "/subscribe")

    line = await stage.say(group, ADA, "/export")

    assert "시작" in line.text
    assert [b["url"] for b in line.buttons] == ["https://t.me/JianbaoBot"]
    assert stage.subscriber(group).state is SubscriberState.ACTIVE
    assert not [m for m in stage.fake.messages if m.document]


async def test_who_writes_without_a_name_is_told_that_there_is_nobody_to_send_it_to(stage: Stage) -> None:
    stage.publish()
    group = stage.fake.group(-100500)
    await stage.say(group, None, "/subscribe", sender_chat=group.json())

    line = await stage.say(group, None, "/export", sender_chat=group.json())

    assert "익명" in line.text
    assert not [m for m in stage.fake.messages if m.document]


async def test_another_bots_command_is_left_to_it_and_ours_is_answered(stage: Stage) -> None:
    stage.publish()
    group = stage.fake.group(-100500)

    for text in ("/roll 6", "/meituan", "/"):
        stage.fake.say(group, BOB, text)
    answer = await stage.say(group, BOB, "/company meituan")
    named = await stage.say(group, BOB, "/roll@JianbaoBot 6")
    await stage.quiet()

    assert "Meituan" in answer.text
    assert "roll" in named.text
    assert len(stage.fake.sent(group)) == 2


async def test_a_digest_of_many_companies_has_few_buttons_in_short_rows(stage: Stage) -> None:
    ids = [each.id for each in stage.store.catalogue.companies.values() if each.ko][:45]
    stories = [a_story(f"2026-W47-{n + 1}", companies=ids[3 * n : 3 * n + 3]) for n in range(15)]
    stage.publish(stories=stories)

    digest = await stage.say(stage.fake.private(ADA), ADA, "/latest")
    await stage.quiet()

    for message in stage.fake.sent(ADA.id):
        companies = [b for b in message.buttons if b.get("callback_data", "").startswith("/company id:")]
        assert len(companies) <= 24
        assert len(message.keyboard) <= 8 + 3
    first = [b.get("callback_data", "") for b in digest.buttons]
    assert first[:3] == [f"/company id:{each}" for each in ids[:3]]
    assert "/companies" in [b.get("callback_data") for b in stage.fake.sent(ADA.id)[-1].buttons]
