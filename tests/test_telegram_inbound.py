"""What happened on Telegram, in our words: who asked what, where, and whether it was for us."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from telegram import Update

from bot.telegram_inbound import Arrived, Heard, Me, Moved, Refused, chat_id_of, event_of, key_of
from store.model import Chat
from tests.fakes.telegram.world import BOT, Person, Room, World, member

NOW = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
ME = Me("4242", "JianbaoBot", frozenset({"telegram:1", "slack:T1/U1"}))
ADA, BOB = Person(1), Person(2, language="")


def said(text: str, *, room: Room | None = None, person: Person | None = BOB, **more: Any) -> Heard | None:
    """What becomes of a message."""
    world = World(lambda: NOW)
    world.say(room or Room(2, "private", "Bob"), person, text, **more)
    event = event_of(read(world.updates[-1]), ME, NOW)
    assert event is None or isinstance(event, Heard)
    return event


def read(raw: dict[str, Any]) -> Update:
    return Update.de_json(raw, None)


GROUP = Room(-100500, "supergroup", "Room")
FORUM = Room(-100500, "supergroup", "Room", forum=True, topics={7})
CHANNEL = Room(-100600, "channel", "News")


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("/company 메이투안", "/company 메이투안"),
        ("  /company@JianbaoBot   메이투안 ", "/company   메이투안"),
        ("/company@JIANBAOBOT", "/company"),
        ("/회사@JianbaoBot 메이투안", "/회사 메이투안"),
        ("／company meituan", "／company meituan"),
        ("메이투안", "메이투안"),
        ("/company@OtherBot 메이투안", None),
        ("", None),
        ("   ", None),
        ("\ud800", "?"),
    ],
)
def test_a_private_message_is_command_text(text: str, heard: str | None) -> None:
    event = said(text)

    assert (event.ask.text if event else None) == heard


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("/company@JianbaoBot 메이투안", "/company 메이투안"),
        ("/company 메이투안", "/company 메이투안"),
        ("@JianbaoBot 메이투안", "/메이투안"),
        ("메이투안은? @jianbaobot", "/메이투안은?"),
        ("@JianbaoBot /company 메이투안", "/company 메이투안"),
        ("@JianbaoBot", "/help"),
        ("@JianbaoBot에게 메이투안", "/에게 메이투안"),
        ("@JianbaoBotFan 메이투안", None),
        ("a@JianbaoBot.example", None),
        ("메이투안", None),
    ],
)
def test_a_group_is_heard_when_it_speaks_to_the_bot(text: str, heard: str | None) -> None:
    event = said(text, room=GROUP)

    assert (event.ask.text if event else None) == heard


@pytest.mark.parametrize(
    ("sender", "extra", "heard"),
    [
        (BOT, {}, True),
        ({**BOT, "id": 5}, {}, False),
        (BOT, {"forum_topic_created": {"name": "x", "icon_color": 0}}, False),
    ],
)
def test_a_reply_to_the_bot_is_for_it_but_not_a_topics_first_message(
    sender: dict[str, Any], extra: dict[str, Any], heard: bool
) -> None:
    first = {"message_id": 1, "date": 0, "chat": GROUP.json(), "from": sender, **extra}

    assert (said("메이투안", room=GROUP, reply_to_message=first) is not None) == heard


def test_an_ask_says_who_where_and_in_which_language() -> None:
    heard = said("/help", room=FORUM, person=ADA, thread=7)

    assert heard is not None
    ask = heard.ask
    assert ask.chat == Chat("telegram", "4242", "-100500", "7")
    assert (ask.user, ask.client_language, ask.private, ask.admin, ask.pressed) == (
        "1",
        "ko",
        False,
        True,
        False,
    )
    assert ask.now == NOW


def test_a_reply_thread_in_an_ordinary_group_is_no_topic() -> None:
    heard = said("/help", room=GROUP, message_thread_id=55)

    assert heard is not None
    assert heard.ask.chat.thread == ""


@pytest.mark.parametrize(
    ("room", "person", "more", "manages", "user"),
    [
        (Room(2, "private"), BOB, {}, True, "2"),
        (GROUP, BOB, {}, None, "2"),
        (GROUP, None, {"sender_chat": GROUP.json()}, True, "-100500"),
        (GROUP, None, {"sender_chat": CHANNEL.json()}, False, "-100600"),
        (CHANNEL, None, {}, True, ""),
        (CHANNEL, None, {"sender_chat": CHANNEL.json()}, True, ""),
    ],
)
def test_who_is_in_charge_is_told_by_the_message_where_it_can(
    room: Room, person: Person | None, more: dict[str, Any], manages: bool | None, user: str
) -> None:
    heard = said("/subscribe", room=room, person=person, **more)

    assert heard is not None
    assert (heard.manages, heard.ask.user) == (manages, user)


def test_nobody_runs_the_bot_from_behind_a_channel() -> None:
    ada_as_a_channel = {**CHANNEL.json(), "id": 1}

    heard = said("/status", room=GROUP, person=None, sender_chat=ada_as_a_channel)

    assert heard is not None
    assert not heard.ask.admin


@pytest.mark.parametrize(
    "more",
    [
        {"is_automatic_forward": True},
        {"via_bot": {**BOT, "id": 5}},
        {"edited": True},
    ],
)
def test_forwards_of_a_linked_channel_other_bots_and_edits_are_left_alone(more: dict[str, Any]) -> None:
    assert said("/help", room=GROUP, **more) is None


def test_other_bots_are_not_answered() -> None:
    world = World(lambda: NOW)
    world.say(GROUP, BOB, "/help")
    world.updates[-1]["message"]["from"]["is_bot"] = True

    assert event_of(read(world.updates[-1]), ME, NOW) is None


def test_a_channels_ordinary_posts_are_left_alone() -> None:
    assert said("@JianbaoBot 메이투안", room=CHANNEL, person=None) is None
    assert said("메이투안", room=CHANNEL, person=None) is None


@pytest.mark.parametrize(
    ("person", "room", "caption", "text", "fetched"),
    [
        (ADA, Room(1, "private"), "", "/import", True),
        (ADA, Room(1, "private"), "/import 2017-W47", "/import 2017-W47", True),
        (ADA, Room(1, "private"), "48호입니다", "48호입니다", True),
        (ADA, Room(1, "private"), "/feed import", "/feed import", True),
        (ADA, Room(1, "private"), "/alias import", "/alias import", True),
        (ADA, Room(1, "private"), "/company meituan", "/company meituan", False),
        (ADA, Room(1, "private"), "/", "/", False),
        (BOB, Room(2, "private"), "", "/import", False),
        (BOB, Room(2, "private"), "/feed import", "/feed import", False),
        (ADA, GROUP, "/import", "/import", False),
    ],
)
def test_a_file_is_fetched_only_for_who_runs_the_bot(
    person: Person, room: Room, caption: str, text: str, fetched: bool
) -> None:
    heard = said(caption, room=room, person=person, document=("issue.txt", b"x"))

    assert heard is not None
    assert (heard.ask.text, heard.file is not None) == (text, fetched)
    if heard.file:
        assert (heard.file.name, heard.file.size) == ("issue.txt", 1)


def test_a_file_that_others_share_in_a_group_is_left_alone() -> None:
    assert said("", room=GROUP, document=("cat.gif", b"x")) is None


def pressed(room: Room, **more: Any) -> Any:
    message = {"message_id": 9, "date": 1, "chat": room.json(), "from": BOT, "text": "x", **more}
    query = {"id": "q1", "from": ADA.json(), "chat_instance": "1", "message": message, "data": "/help"}
    return event_of(read({"update_id": 1, "callback_query": query}), ME, NOW)


@pytest.mark.parametrize(("room", "manages"), [(Room(1, "private"), True), (GROUP, None), (CHANNEL, None)])
def test_a_press_is_in_charge_only_in_private(room: Room, manages: bool | None) -> None:
    event = pressed(room)

    assert isinstance(event, Heard)
    assert (event.manages, event.pressed_id, event.ask.pressed, event.ask.text) == (manages, 9, True, "/help")


def test_a_press_in_a_topic_and_under_a_message_too_old_to_see() -> None:
    in_topic = pressed(FORUM, message_thread_id=7, is_topic_message=True)
    too_old = pressed(GROUP, date=0)

    assert in_topic.ask.chat.thread == "7"
    assert too_old.pressed_id == 9


@pytest.mark.parametrize(
    ("before", "after", "room", "event"),
    [
        ("member", "kicked", Room(2, "private"), Refused(ME.chat(2), "reason.blocked")),
        ("member", "left", GROUP, Refused(ME.chat(-100500), "reason.kicked")),
        ("administrator", "kicked", CHANNEL, Refused(ME.chat(-100600), "reason.kicked")),
        ("kicked", "member", Room(2, "private"), Arrived(ME.chat(2), "", new=True, group=False)),
        (
            "left",
            "administrator",
            GROUP,
            Arrived(ME.chat(-100500), "", new=True, group=True, title="Room", by="2"),
        ),
        (
            "member",
            "administrator",
            GROUP,
            Arrived(ME.chat(-100500), "", new=False, group=True, title="Room", by="2"),
        ),
        (
            "left",
            "administrator",
            CHANNEL,
            Arrived(ME.chat(-100600), "", new=True, group=False, title="News", by="2"),
        ),
    ],
)
def test_being_let_in_and_out_is_told(before: str, after: str, room: Room, event: object) -> None:
    world = World(lambda: NOW)
    world._member(room, BOB, before, after)

    assert event_of(read(world.updates[-1]), ME, NOW) == event


def test_a_bot_that_may_no_longer_write_is_refused_for_that_reason() -> None:
    rights = (
        "can_send_messages can_change_info can_invite_users can_pin_messages can_manage_topics "
        "can_send_polls can_send_other_messages can_add_web_page_previews can_send_audios "
        "can_send_documents can_send_photos can_send_videos can_send_video_notes can_send_voice_notes "
        "can_edit_tag can_react_to_messages"
    )
    world = World(lambda: NOW)
    world._member(GROUP, BOB, "member", "left")
    change = world.updates[-1]["my_chat_member"]
    restricted = {"status": "restricted", "is_member": True, "until_date": 0, "user": BOT}
    change["new_chat_member"] = {**restricted, **dict.fromkeys(rights.split(), False)}

    assert event_of(read(world.updates[-1]), ME, NOW) == Refused(ME.chat(-100500), "reason.no_rights")


def test_migration_is_the_same_from_either_side() -> None:
    world = World(lambda: NOW)
    old = world.group(-500, kind="group")
    world.migrate(old, -100500)

    events = [event_of(read(update), ME, NOW) for update in world.updates]

    assert events == [Moved(ME.chat(-500), "-100500")] * 2


def test_an_update_is_named_by_its_number_and_a_press_by_its_own() -> None:
    assert key_of({"update_id": 7, "message": {}}, "4242") == "telegram:4242:7"
    assert key_of({"update_id": 7, "callback_query": {"id": "q1"}}, "4242") == "telegram:4242:press:q1"


def test_updates_without_a_chat_share_a_lane() -> None:
    assert chat_id_of(read({"update_id": 1})) == 0
    assert member("kicked") == {"status": "kicked", "until_date": 0}


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60), st.sampled_from([GROUP, CHANNEL, Room(2, "private")]))
def test_any_text_is_heard_or_left_alone(text: str, room: Room) -> None:
    heard = said(text, room=room, person=None if room is CHANNEL else BOB)

    assert heard is None or heard.ask.text.strip()


@pytest.mark.parametrize(
    ("text", "addressed"),
    [
        ("/roll 6", False),
        ("／company 메이투안", False),
        ("/roll@JianbaoBot 6", True),
        ("@JianbaoBot roll 6", True),
        ("@JianbaoBot /roll 6", True),
    ],
)
def test_a_command_without_the_bots_name_may_be_another_bots(text: str, addressed: bool) -> None:
    heard = said(text, room=GROUP)
    assert heard is not None
    assert heard.ask.addressed is addressed


def test_a_command_in_private_or_in_reply_to_the_bot_is_for_the_bot() -> None:
    to_us: dict[str, Any] = {
        "reply_to_message": {"message_id": 1, "date": 1, "chat": GROUP.json(), "from": BOT, "text": "x"}
    }
    for heard in (said("/roll 6"), said("/roll 6", room=GROUP, **to_us)):
        assert heard is not None
        assert heard.ask.addressed
