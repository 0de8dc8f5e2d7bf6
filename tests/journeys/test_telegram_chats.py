"""At home on Telegram: the panel, other chats, inline mode, links, questions, layouts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from handlers.message import Ask, Manages, Reply
from handlers.sample import sample_text
from store.model import SubscriberState
from tests.build import a_story
from tests.fakes.telegram import Message, Room
from tests.journeys.telegram_stage import ADA, BOB, CHIEF, LIN, MONDAY, Stage, a_stage, label_of


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with a_stage(tmp_path) as stage:
        yield stage


async def press(stage: Stage, room: Room, message: Message, command: str) -> Message:
    """Press the button of a command under a message of the private chat; what it became."""
    before = (message.edits, len(stage.fake.sent(room)))
    label = command if command in message.labels else label_of(message, command)
    stage.fake.press(room, ADA, message, label)
    await stage.fake.until(lambda: (message.edits, len(stage.fake.sent(room))) != before)
    await stage.quiet()
    return message if message.edits > before[0] else stage.fake.sent(room)[-1]


# the panel


async def test_every_setting_is_changed_in_one_message_that_edits_itself(stage: Stage) -> None:
    room = stage.fake.private(ADA)
    panel = await stage.say(room, ADA, "/settings")
    steps = [
        ("/settings day", "/settings day fri"),
        ("/settings time", "/settings time 18:00"),
        ("/settings zone", "/settings zone Europe/Berlin"),
        ("/settings quiet", "/settings quiet 22:00-08:00"),
        ("/settings managers", "/settings managers everyone"),
        ("/settings policy", "/settings policy at_least_once"),
        ("/settings layout", "/settings layout rich"),
        ("/settings length full", ""),
        ("/settings silent on", ""),
        ("/settings language", "/settings language ko"),
    ]

    for opens, chooses in steps:
        stage.now += timedelta(minutes=1)
        assert await press(stage, room, panel, opens) is panel
        if chooses:
            assert await press(stage, room, panel, chooses) is panel

    kept = stage.subscriber(room)
    schedule = kept.schedule
    assert (schedule.weekday, schedule.hour, schedule.zone) == (4, 18, "Europe/Berlin")
    assert (kept.quiet, kept.layout, kept.length, kept.silent) == ("22:00-08:00", "rich", "full", True)
    assert (kept.managers, kept.policy, kept.language) == ("everyone", "at_least_once", "ko")
    assert len(stage.fake.sent(room)) == 1
    assert "22:00–08:00" in panel.text


@pytest.mark.parametrize("city", ["Berlin", "베를린", "柏林"])
async def test_a_zone_is_found_by_its_city(stage: Stage, city: str) -> None:
    room = stage.fake.private(ADA)

    await stage.say(room, ADA, f"/settings zone {city}")

    assert stage.subscriber(room).schedule.zone == "Europe/Berlin"


async def test_a_misspelt_city_is_chosen_from_the_nearest_by_a_button(stage: Stage) -> None:
    room = stage.fake.private(ADA)
    offer = await stage.say(room, ADA, "/settings zone 베르린")

    await press(stage, room, offer, "/settings zone Europe/Berlin")

    assert stage.subscriber(room).schedule.zone == "Europe/Berlin"


async def test_a_push_and_an_answer_in_quiet_hours_make_no_sound(stage: Stage) -> None:
    room = stage.fake.private(ADA)
    await stage.say(room, ADA, "/subscribe mon 09:00")
    loud = await stage.say(room, ADA, "/settings quiet 08:00-10:00")
    stage.publish()

    await stage.passes(MONDAY)
    answer = await stage.say(room, ADA, "/company 메이투안")
    stage.now = MONDAY + timedelta(hours=1)  # 10:00
    later = await stage.say(room, ADA, "/company 메이투안")

    pushed = stage.fake.sent(room)[2]
    assert "동네 배달 앱이" in pushed.text
    assert (loud.silent, pushed.silent, answer.silent, later.silent) == (False, True, True, False)


# forum topics


async def test_the_topic_where_one_subscribes_gets_the_digest_and_a_move_takes_it_along(
    stage: Stage,
) -> None:
    forum = stage.fake.group(-100800, forum=True, topics=(5, 9), members={ADA: "creator"})
    await stage.say(forum, ADA, "/subscribe", thread=5)
    stage.publish()
    await stage.passes(MONDAY)
    panel = await stage.say(forum, ADA, "/settings", thread=9)
    topic = await press(stage, forum, panel, "/settings topic")
    assert "주제 5번" in topic.text
    moved = await press(stage, forum, topic, "/settings topic here")

    stage.now = MONDAY + timedelta(days=6)
    stage.publish(week="2026-W48")
    await stage.passes(MONDAY + timedelta(days=7))

    assert "여기서만" in moved.text
    assert [len([m for m in stage.fake.sent(forum, t) if "W4" in m.text]) for t in (5, 9)] == [1, 1]
    assert stage.subscriber(forum, "5").state is SubscriberState.NONE
    assert stage.subscriber(forum, "9").state is SubscriberState.ACTIVE


async def test_a_deleted_topic_ends_its_own_subscription_and_no_other(stage: Stage) -> None:
    forum = stage.fake.group(-100800, forum=True, topics=(5, 9), members={ADA: "creator"})
    for thread in (5, 9):
        await stage.say(forum, ADA, "/subscribe", thread=thread)
    stage.publish()
    forum.topics.discard(5)

    await stage.passes(MONDAY)

    gone, kept = stage.subscriber(forum, "5"), stage.subscriber(forum, "9")
    assert (gone.state, gone.reason) == (SubscriberState.SUSPENDED, "reason.topic_closed")
    assert kept.state is SubscriberState.ACTIVE
    assert len(stage.fake.sent(forum, 9)) == 2


# another chat, from the private one


def channel_of(stage: Stage, **fields: object) -> Room:
    channel = stage.fake.group(-100600, kind="channel", members={ADA: "administrator", BOB: "member"})
    channel.username, channel.bot = "newschannel", "administrator"
    for name, value in fields.items():
        setattr(channel, name, value)
    return channel


async def test_a_channel_is_subscribed_and_set_from_the_private_chat(stage: Stage) -> None:
    channel, room = channel_of(stage), stage.fake.private(ADA)

    done = await stage.say(room, ADA, "/subscribe @newschannel fri 18:30")
    panel = await stage.say(room, ADA, "/manage @newschannel")
    await press(stage, room, panel, f"/manage {channel.id} /settings silent on")
    day = await press(stage, room, panel, f"/manage {channel.id} /settings day")
    await press(stage, room, day, f"/manage {channel.id} /settings day mon")
    stage.publish()
    await stage.passes(MONDAY + timedelta(hours=9, minutes=30))

    kept = stage.subscriber(channel)
    assert "Room -100600" in done.text
    assert (kept.state, kept.silent, kept.schedule.weekday) == (SubscriberState.ACTIVE, True, 0)
    assert stage.store.ledger.subscriber(stage.chat(room)) is None
    assert len(stage.fake.sent(channel)) == 1
    assert stage.fake.sent(channel)[0].silent
    assert len(stage.fake.sent(room)) == 2


async def test_a_signed_button_about_a_channel_holds_and_ends_its_subscription(stage: Stage) -> None:
    channel, room = channel_of(stage), stage.fake.private(ADA)
    await stage.say(room, ADA, "/subscribe @newschannel")

    sure = await stage.say(room, ADA, "/unsubscribe @newschannel")
    await press(stage, room, sure, "네, 그만두기")

    assert stage.subscriber(channel).state is SubscriberState.NONE
    assert all(len(b["callback_data"].encode()) <= 64 for b in sure.buttons)


async def test_who_is_no_administrator_any_more_is_refused_at_the_press(stage: Stage) -> None:
    channel, room = channel_of(stage), stage.fake.private(ADA)
    panel = await stage.say(room, ADA, "/manage @newschannel")
    channel.members[ADA.id] = "member"
    stage.now += timedelta(seconds=61)

    refusal = await press(stage, room, panel, f"/manage {channel.id} /settings silent on")

    assert "관리자만" in refusal.text
    assert stage.store.ledger.subscriber(stage.chat(channel)) is None


async def test_somebody_else_cannot_use_a_copied_command(stage: Stage) -> None:
    channel, room = channel_of(stage), stage.fake.private(BOB)

    for text in (
        "/subscribe @newschannel",
        f"/manage {channel.id} /settings silent on",
        "/forget @newschannel",
    ):
        refusal = await stage.say(room, BOB, text)
        assert "administrators" in refusal.text

    assert stage.store.ledger.subscriber(stage.chat(channel)) is None


@pytest.mark.parametrize(
    ("fields", "text", "words"),
    [
        ({"bot": "kicked"}, "/manage @newschannel", "찾지 못했습니다"),
        ({}, "/manage @nowhere", "찾지 못했습니다"),
        ({"posts": False}, "/subscribe @newschannel", "쓸 수 없습니다"),
        ({}, "/manage @newschannel /company 메이투안", "구독과 설정 명령만"),
        ({}, "/manage @newschannel /settings time 25:00", "25:00"),
    ],
)
async def test_what_cannot_be_managed_says_why(
    stage: Stage, fields: dict[str, object], text: str, words: str
) -> None:
    channel, room = channel_of(stage, **fields), stage.fake.private(ADA)

    refusal = await stage.say(room, ADA, text)

    assert words in refusal.text
    assert stage.store.ledger.subscriber(stage.chat(channel)) is None


async def test_the_chats_that_one_manages_are_listed_and_those_no_longer_are_not(stage: Stage) -> None:
    channel, room = channel_of(stage), stage.fake.private(ADA)
    group = stage.fake.group(-100500, members={ADA: "administrator"})
    nothing = await stage.say(room, ADA, "/manage")
    await stage.say(group, ADA, "/subscribe")
    await stage.say(room, ADA, "/settings @newschannel")

    both = await stage.say(room, ADA, "/manage")
    channel.members[ADA.id] = "left"
    stage.now += timedelta(minutes=2)
    one = await stage.say(room, ADA, "/manage")
    panel = await press(stage, room, one, f"/manage {group.id}")

    assert "startgroup" in nothing.buttons[0]["url"]
    assert f"/manage {channel.id}" in [b.get("callback_data") for b in both.buttons]
    assert f"/manage {channel.id}" not in [b.get("callback_data") for b in one.buttons]
    assert "구독 중" in one.text
    assert "Room -100500" in panel.text


async def test_in_a_group_manage_points_to_the_private_chat(stage: Stage) -> None:
    channel_of(stage)
    group = stage.fake.group(-100500, members={ADA: "administrator"})

    assert "개인 대화" in (await stage.say(group, ADA, "/manage @newschannel")).text


# inline mode


async def test_a_name_typed_in_any_chat_offers_the_card_and_its_newest_stories(stage: Stage) -> None:
    stage.publish(16)

    answer = await stage.fake.offered(ADA, "메이투안")
    more = await stage.fake.offered(ADA, "메이투안", offset=answer["next_offset"])
    last = await stage.fake.offered(BOB, "meituan", offset="10")

    ids = [result["id"] for result in answer["results"]]
    assert ids[0] == "c_meituan"
    assert len(ids) == 11
    assert [result["id"] for result in more["results"]] == [f"s_2026-W47-{n}" for n in range(11, 17)]
    assert "next_offset" not in more or more["next_offset"] == ""
    assert answer["is_personal"]
    assert answer["button"]["start_parameter"] == "inline"
    card = answer["results"][0]
    links = [b["url"] for row in card["reply_markup"]["inline_keyboard"] for b in row]
    assert "https://t.me/JianbaoBot?start=c_meituan" in links
    assert len(last["results"]) == 6


async def test_an_empty_query_offers_the_newest_edition_and_no_query_is_kept(stage: Stage) -> None:
    stage.publish(4)

    answer = await stage.fake.offered(LIN, "")
    await stage.quiet()

    assert [result["id"] for result in answer["results"]] == [f"s_2026-W47-{n}" for n in range(1, 5)]
    assert answer["button"]["text"] == "打开简报"
    assert stage.store.ledger.unhandled() == ()


async def test_a_misspelt_name_offers_who_may_be_meant_and_an_unknown_one_says_so(stage: Stage) -> None:
    stage.publish()

    near = await stage.fake.offered(BOB, "meitun")
    none = await stage.fake.offered(BOB, "qqqqqqqqq")
    words = await stage.fake.offered(ADA, "지갑을")

    assert near["results"][0]["title"].startswith("Did you mean Meituan")
    assert none["results"] == []
    assert "qqqqqqqqq" in none["button"]["text"]
    assert none["cache_time"] < near["cache_time"]
    assert len(words["results"]) == 3


async def test_an_empty_store_says_so_inline(stage: Stage) -> None:
    answer = await stage.fake.offered(ADA, "메이투안")

    assert answer["results"] == []
    assert "아직" in answer["button"]["text"]


async def test_hostile_text_is_sent_as_text_and_the_sent_card_is_left_alone(stage: Stage) -> None:
    title = '<b>&"조작</b> @everyone <a href="tg://x">'
    stage.publish(stories=[a_story("2026-W47-1", title=title, body="<script>본문</script> & 끝.")])
    group = stage.fake.group(-100500)

    answer = await stage.fake.offered(ADA, "")
    stage.fake.choose(group, ADA, answer["results"][0])
    await stage.quiet()

    content = answer["results"][0]["input_message_content"]
    assert "&lt;script&gt;" in content["message_text"]
    assert answer["results"][0]["title"] == title
    assert content["link_preview_options"]["url"] == "https://news.example/2026-W47-1"
    assert stage.fake.sent(group) == []


async def test_a_late_or_broken_query_stops_nothing(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    stage.publish()
    number = stage.fake.ask_inline(ADA, "메이투안")
    stage.fake.queries.discard(number)
    stage.fake.put("inline_query", {"nonsense": True})
    stage.fake.fail("page", method="answerInlineQuery")

    await stage.fake.offered(ADA, "메이") if not stage.fake.faults else None
    answer = await stage.say(stage.fake.private(ADA), ADA, "/help")
    await stage.quiet()

    assert "/company" in answer.text
    assert number not in stage.fake.inline
    assert "could not be answered" in caplog.text


# deep links


@pytest.mark.parametrize(
    ("code", "shown"),
    [("c_meituan", "메이투안 (美团"), ("s_2026-W47-2", "동네 배달 앱이"), ("e_2026-W47", "2026-W47")],
)
async def test_a_shared_link_opens_what_it_was_made_from(stage: Stage, code: str, shown: str) -> None:
    stage.publish()
    room = stage.fake.private(ADA)

    opened = await stage.say(room, ADA, f"/start {code}")

    shared = [b["url"] for b in opened.buttons if b.get("url", "").startswith("https://t.me/share")]
    assert shown in opened.text
    assert shared == [f"https://t.me/share/url?url=https%3A%2F%2Ft.me%2FJianbaoBot%3Fstart%3D{code}"]


async def test_a_link_that_leads_nowhere_still_begins(stage: Stage) -> None:
    message = await stage.say(stage.fake.private(ADA), ADA, "/start s_2001-W01-1")

    assert "찾지 못했습니다" in message.text
    assert "/subscribe" in [b.get("callback_data") for b in message.buttons]


async def test_a_link_subscribes_in_private_and_never_a_group(stage: Stage) -> None:
    room = stage.fake.private(ADA)
    group = stage.fake.group(-100500, members={BOB: "member"})

    await stage.say(room, ADA, "/start sub")
    offer = await stage.say(group, BOB, "/start@JianbaoBot sub")

    assert stage.subscriber(room).state is SubscriberState.ACTIVE
    assert stage.store.ledger.subscriber(stage.chat(group)) is None
    assert "/subscribe" in [b.get("callback_data") for b in offer.buttons]


# questions in groups, typing, picks


@pytest.mark.parametrize(
    ("command", "word"), [("/figures", "숫자"), ("/company", "메이투안"), ("/search", "지갑")]
)
async def test_a_missing_argument_is_asked_for_in_a_group_and_the_reply_is_it(
    stage: Stage, command: str, word: str
) -> None:
    stage.publish()
    group = stage.fake.group(-100500)

    asked = await stage.say(group, ADA, command)
    answer = {"/search": "지갑"}.get(command, "메이투안")
    await stage.restart()
    replied = await stage.say(group, ADA, answer, reply_to_message=stage.fake.json(asked))

    assert asked.forced["selective"]
    assert asked.replies_to
    assert not asked.buttons
    assert word in replied.text
    assert not replied.forced


async def test_no_field_is_forced_in_private_or_on_who_is_anonymous(stage: Stage) -> None:
    stage.publish()
    group = stage.fake.group(-100500)

    private = await stage.say(stage.fake.private(ADA), ADA, "/company")
    anonymous = await stage.say(group, None, "/company", sender_chat=group.json())

    assert private.forced == anonymous.forced == {}


async def test_typing_is_shown_for_a_slow_answer_and_never_for_a_fast_one(stage: Stage) -> None:
    room, desk = stage.fake.private(ADA), stage.door.desk
    assert desk is not None
    desk.moment = 3600
    await stage.say(room, ADA, "/help")
    assert stage.fake.typing == []
    answers, ready = desk.answer, asyncio.Event()

    async def slow(ask: Ask, manages: Manages) -> Reply | None:
        await ready.wait()
        return await answers(ask, manages)

    desk.answer, desk.moment = slow, 0.001
    stage.fake.say(room, ADA, "/help")
    await stage.fake.until(lambda: stage.fake.typing)
    ready.set()
    await stage.fake.arrived(room, 2)

    assert stage.fake.typing == [(room.id, None)]


async def test_the_pick_of_an_ambiguous_name_is_remembered_for_ten_minutes(stage: Stage) -> None:
    stage.publish(stories=[a_story("2026-W47-1", companies=("oppo",))])
    room = stage.fake.private(ADA)
    which = await stage.say(room, ADA, "/company 오포")
    await press(stage, room, which, "/company id:oppo")

    stage.now += timedelta(minutes=9)
    again = await stage.say(room, ADA, "/company 오포")
    stage.now += timedelta(minutes=2)
    later = await stage.say(room, ADA, "/company 오포")

    assert "고르신 대로" in again.text
    assert len([b for b in later.buttons if b.get("callback_data", "").startswith("/company id:")]) >= 2


# stale buttons


async def test_the_button_of_a_story_that_is_gone_says_so_and_offers_a_fresh_list(stage: Stage) -> None:
    stage.publish(stories=[a_story(f"2026-W47-{n}") for n in (1, 2, 3)])
    room = stage.fake.private(ADA)
    found = await stage.say(room, ADA, "/search 지갑")
    label = label_of(found, "/story 2026-W47-3")
    stage.publish(stories=[a_story("2026-W47-1")])

    stage.fake.press(room, ADA, found, label)
    stale = (await stage.fake.arrived(room, 2))[1]
    fresh = await press(stage, room, stale, "새로 보기")

    assert "그 사이 바뀌어" in stale.text
    assert "동네 배달 앱이" in fresh.text


# pictures, quotations, previews, layouts


async def test_a_long_story_is_folded_and_previews_its_source_small(stage: Stage) -> None:
    body = "첫 문장이 길게 이어진다. " * 30 + "\n\n" + "둘째 문단의 <끝>이다. " * 30
    stage.publish(stories=[a_story("2026-W47-1", body=body)])
    room = stage.fake.private(ADA)

    story = await stage.say(room, ADA, "/story 1")
    digest = await stage.say(room, ADA, "/latest")

    (quote,) = [entity for entity in story.entities if entity.tag == "blockquote"]
    assert quote.offset > 300
    assert "<blockquote expandable>" in story.source
    assert story.preview == {"url": "https://news.example/2026-W47-1", "prefer_small_media": True}
    assert digest.preview == {"is_disabled": True}


async def rich_reader(stage: Stage) -> Room:
    room = stage.fake.private(ADA)
    await stage.say(room, ADA, "/subscribe")
    panel = await stage.say(room, ADA, "/settings layout rich")
    assert not panel.rich  # what was asked was answered in the layout of before
    return room


async def test_who_chose_the_richer_layout_gets_pushes_and_answers_in_it(stage: Stage) -> None:
    room = stage.fake.private(ADA)
    await stage.say(room, ADA, "/subscribe")
    await stage.say(room, ADA, "/settings layout rich")
    stage.publish()

    await stage.passes(MONDAY)
    await stage.say(room, ADA, "/company 메이투안")

    pushed, card = stage.fake.sent(room)[-2:]
    assert pushed.rich
    assert card.rich
    assert pushed.source.startswith("<h3>")
    assert "<ul><li>" in card.source or "<p>" in card.source
    assert "/company id:meituan" in [b.get("callback_data") for b in pushed.buttons]
    assert stage.fake.called("sendRichMessage")


@pytest.mark.parametrize(
    ("fault", "remembered"),
    [
        ({"status": 404, "text": "Not Found"}, True),
        ({"status": 400, "text": "Bad Request: RICH_MESSAGE_UNSUPPORTED"}, True),
    ],
)
async def test_a_server_that_does_not_take_the_richer_layout_is_sent_the_usual_one_and_remembered(
    stage: Stage, fault: dict[str, object], remembered: bool
) -> None:
    room = stage.fake.private(ADA)
    await stage.say(room, ADA, "/subscribe")
    stage.store.ledger.put_subscriber(replace(stage.subscriber(room), layout="rich"))
    stage.publish()
    stage.fake.fail("words", method="sendRichMessage", times=5, **fault)

    await stage.passes(MONDAY)
    answer = await stage.say(room, ADA, "/help")

    assert len(stage.fake.called("sendRichMessage")) == 1
    assert not answer.rich
    assert "동네 배달 앱이" in stage.fake.sent(room)[1].text
    assert len(stage.fake.sent(room)) == 3
    assert all(d.state.value == "sent" for d in stage.deliveries(room))


async def test_paging_stays_in_its_message_in_the_richer_layout(stage: Stage) -> None:
    stage.publish(16)
    room = stage.fake.private(ADA)
    await stage.say(room, ADA, "/settings layout rich")
    page = await stage.say(room, ADA, "/company meituan")
    first = page.text

    await press(stage, room, page, "/company id:meituan page 2")

    assert page.rich
    assert page.text != first
    assert len(stage.fake.sent(room)) == 2


# what is shown before anybody writes


async def test_descriptions_are_set_in_every_language_and_only_when_they_change(stage: Stage) -> None:
    about = stage.fake.about
    assert {(kind, code) for kind, code in about} == {
        (kind, code) for kind in ("description", "short_description") for code in ("", "ko", "en", "zh")
    }
    assert len(set(about.values())) == 6
    calls = len(stage.fake.called("setMyDescription"))
    about["description", ""] = "the owner's own words"

    await stage.restart()

    assert len(stage.fake.called("setMyDescription")) == calls == 4
    assert about["description", ""] == "the owner's own words"


# an editor's file, to its end


async def test_an_editors_file_is_previewed_approved_and_published_by_buttons(stage: Stage) -> None:
    room = stage.fake.private(CHIEF)
    text = sample_text()
    data = text.encode() if isinstance(text, str) else text
    preview = await stage.say(room, CHIEF, "", document=("issue.txt", data))
    assert stage.store.library.story_count() == 0

    stage.fake.press(room, CHIEF, preview, label_of(preview, "/import publish"))
    await stage.fake.until(lambda: preview.edits or len(stage.fake.sent(room)) > 1)
    await stage.quiet()

    newest = stage.store.library.newest_published(until=datetime(2100, 1, 1, tzinfo=UTC))
    assert newest is not None
    assert stage.store.library.story_count() == 15
