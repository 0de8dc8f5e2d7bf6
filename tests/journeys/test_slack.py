"""Journeys on Slack: the real slack-bolt over both transports, against a strict fake."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from handlers.deliver import drain
from handlers.weekly import plan
from store.model import Chat, DeliveryState, SubscriberState
from tests.build import a_story, a_week, an_edition
from tests.fakes.slack import BOT, Fault
from tests.journeys.slack_stage import MONDAY, Stage, Transport, holds, peopled, said, staged

HOSTILE = "<b>굵게</b> & <!channel> <@U1> \u202egnp.exe \u200f*별* " + "아주 긴 제목 " * 60


@pytest.fixture(params=["http", "socket"])
async def stage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Stage]:
    transport: Transport = request.param
    async with staged(tmp_path, transport=transport) as made:
        peopled(made)
        yield made
        assert made.slack.violations == []


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(tmp_path) as made:
        peopled(made)
        yield made
        assert made.slack.violations == []


# subscribe, and what comes


async def test_a_channel_subscribes_time_passes_and_the_digest_comes_once(stage: Stage) -> None:
    stage.publish(*a_week("2017-W47", 15))
    await said(stage, await stage.people.command("/subscribe", channel="C1", user="U1"))
    subscriber = stage.store.ledger.subscriber(stage.chat("C1"))
    assert subscriber is not None
    assert subscriber.state is SubscriberState.ACTIVE
    assert stage.slack.answers[-1].to == "U1"
    stage.time.now = MONDAY
    assert (await stage.drained()).sent == 16
    assert (await stage.drained()).sent == 0
    parent, *thread = stage.slack.posts
    assert parent.thread_ts == ""
    assert [m.thread_ts for m in thread] == [parent.ts] * 15
    assert all(m.buttons() for m in thread)
    assert (stage.time() - MONDAY).total_seconds() == 15  # a message a second is what a channel takes
    for order in range(1, 16):
        assert sum(holds(m, f"https://news.example/2017-W47-{order}") for m in thread) == 1
    stage.time.now = MONDAY + timedelta(days=7)
    await stage.drained()
    assert len(stage.slack.posts) == 16


async def test_forty_stories_with_hostile_titles_all_arrive_and_none_of_them_comes_alive(web: Stage) -> None:
    stories = tuple(a_story(f"2017-W47-{n}", title=f"{n}호 {HOSTILE}") for n in range(1, 41))
    web.publish(an_edition("2017-W47", stories), stories)
    await said(web, await web.people.command("/subscribe", channel="C1", user="U1"))
    web.time.now = MONDAY
    drained = await web.drained()
    assert (drained.failed, drained.unknown) == (0, 0)
    sent = json.dumps(
        [{**m.arguments, "text": "", "metadata": ""} for m in web.slack.posts], ensure_ascii=False
    )
    assert drained.sent == len(web.slack.posts)
    for n in range(1, 41):
        assert sum(holds(m, f"https://news.example/2017-W47-{n}") for m in web.slack.posts) == 1
    everything = sent + json.dumps([m.text for m in web.slack.posts], ensure_ascii=False)
    assert not [sign for sign in ("<!", "<@", "<#", "\u202e", "\u200f") if sign in everything]


async def test_too_many_requests_are_waited_out_and_nothing_comes_twice(web: Stage) -> None:
    web.publish(*a_week("2017-W47", 8))
    await said(web, await web.people.command("/subscribe", channel="C1", user="U1"))
    web.time.now = MONDAY
    web.slack.fail("chat.postMessage", Fault("status", 429, retry_after="30"))
    assert (await web.drained()).sent == 9
    assert len(web.slack.posts) == 9
    assert web.time.now >= MONDAY + timedelta(seconds=30)


async def test_a_lost_answer_is_looked_up_and_the_part_is_neither_doubled_nor_unknown(web: Stage) -> None:
    web.publish(*a_week("2017-W47", 40))
    await said(web, await web.people.command("/subscribe", channel="C1", user="U1"))
    web.time.now = MONDAY
    web.slack.fail("chat.postMessage", *[Fault("lose")] * 41)
    drained = await web.drained()
    assert (drained.sent, drained.unknown, drained.failed) == (41, 0, 0)
    assert [m.thread_ts for m in web.slack.posts] == ["", *[web.slack.posts[0].ts] * 40]
    assert web.slack.calls["chat.postMessage"] == 41


async def test_a_restart_in_the_middle_goes_on_under_the_same_parent(tmp_path: Path) -> None:
    async with staged(tmp_path) as before:
        peopled(before)
        before.publish(*a_week("2017-W47", 15))
        await said(before, await before.people.command("/subscribe", channel="C1", user="U1"))
        before.time.now = MONDAY
        plan(before.store, now=before.time())
        await drain(before.store, {"slack": before.door}, before.pacer, clock=before.time)
        assert 0 < len(before.slack.posts) < 16
        await before.door.stop()
        before.store.ledger.close()
        before.store.library.close()
        async with staged(tmp_path, time=before.time, slack=before.slack) as after:
            after.recover()
            await after.drained()
            parent, *thread = after.slack.posts
            assert [m.thread_ts for m in thread] == [parent.ts] * 15
            states = [d.state for d in after.store.ledger.deliveries(after.chat("C1"))]
            assert states == [DeliveryState.SENT] * 16


async def test_a_channel_that_put_the_bot_out_is_suspended_and_welcomed_back(stage: Stage) -> None:
    stage.publish(*a_week("2017-W47", 2))
    await said(stage, await stage.people.command("/subscribe", channel="C1", user="U1"))
    stage.slack.world.channels["C1"].members.remove(BOT)
    await said(stage, await stage.people.event({"type": "channel_left", "channel": "C1"}))
    kept = stage.store.ledger.subscriber(stage.chat("C1"))
    assert kept is not None
    assert (kept.state, kept.reason) == (SubscriberState.SUSPENDED, "reason.slack.left")
    stage.time.now = MONDAY
    assert (await stage.drained()).sent == 0
    stage.slack.world.channels["C1"].members.add(BOT)
    joined = {"type": "member_joined_channel", "user": BOT, "channel": "C1", "inviter": "U2", "team": "T1"}
    await said(stage, await stage.people.event(joined))
    back = stage.store.ledger.subscriber(stage.chat("C1"))
    assert back is not None
    assert back.state is SubscriberState.ACTIVE
    assert len(stage.slack.posts) == 1


async def test_an_archived_channel_is_given_up_once_and_its_settings_are_kept(web: Stage) -> None:
    web.publish(*a_week("2017-W47", 12))
    await said(web, await web.people.command("/subscribe", channel="C1", user="U1"))
    web.slack.world.channels["C1"].archived = True
    web.time.now = MONDAY
    await web.drained()
    assert web.slack.calls["chat.postMessage"] == 1
    kept = web.store.ledger.subscriber(web.chat("C1"))
    assert kept is not None
    assert (kept.state, kept.reason) == (SubscriberState.SUSPENDED, "reason.slack.archived")


async def test_a_revoked_token_stops_every_send_and_keeps_every_booking(web: Stage) -> None:
    web.publish(*a_week("2017-W47", 2))
    for channel in ("C1", "C2"):
        web.slack.channel(channel, members={"U1"})
        await said(web, await web.people.command("/subscribe", channel=channel, user="U1"))
    web.slack.token_error = "token_revoked"
    web.time.now = MONDAY
    drained = await web.drained()
    assert drained.stopped == (("slack", "T1"),)
    assert (drained.sent, drained.failed, drained.waiting) == (0, 0, 6)
    assert web.slack.calls["chat.postMessage"] <= 2


async def test_a_removed_app_suspends_its_chats_in_either_order_of_events(stage: Stage) -> None:
    await said(stage, await stage.people.command("/subscribe", channel="C1", user="U1"))
    await said(stage, await stage.people.event({"type": "app_uninstalled"}))
    await said(stage, await stage.people.event({"type": "tokens_revoked", "tokens": {"bot": [BOT]}}))
    kept = stage.store.ledger.subscriber(stage.chat("C1"))
    assert kept is not None
    assert (kept.state, kept.reason) == (SubscriberState.SUSPENDED, "reason.slack.uninstalled")


# look-ups


@pytest.mark.parametrize(
    ("command", "text"),
    [("/company", "메이투안"), ("/jianbao", "company 메이투안"), ("/jianbao", "메이투안")],
)
async def test_a_company_by_typing_is_shown_to_the_one_who_asked(
    stage: Stage, command: str, text: str
) -> None:
    stage.publish(*a_week("2017-W47", 3))
    await said(stage, await stage.people.command(command, text, channel="C1", user="U1"))
    [answer] = stage.slack.answers
    assert (answer.to, answer.via) == ("U1", "response_url")
    assert "메이투안" in answer.words()


async def test_share_shows_the_answer_to_everybody(stage: Stage) -> None:
    stage.publish(*a_week("2017-W47", 3))
    await said(stage, await stage.people.command("/company", "메이투안 share", channel="C1", user="U1"))
    assert [m.to for m in stage.slack.answers] == [""]


async def test_a_page_is_turned_in_place_by_its_button(stage: Stage) -> None:
    stage.publish(*a_week("2017-W47", 9))
    stage.publish(*a_week("2017-W46", 9))
    await said(stage, await stage.people.command("/company", "meituan", channel="C1", user="U1"))
    [answer] = stage.slack.answers
    before = answer.words()
    button = next(label for label, b in answer.buttons().items() if b.get("value", "").endswith(" 2"))
    await said(stage, await stage.people.press(answer, button, user="U1"))
    assert [m.edits for m in stage.slack.answers] == [1]
    assert answer.words() != before


async def test_did_you_mean_is_a_button_that_leads_to_the_company(stage: Stage) -> None:
    stage.publish(*a_week("2017-W47", 3))
    await said(stage, await stage.people.command("/company", "메이투완", channel="C1", user="U1"))
    [asked] = stage.slack.answers
    button = next(label for label, b in asked.buttons().items() if "meituan" in b.get("value", ""))
    await said(stage, await stage.people.press(asked, button, user="U1"))
    assert "https://news.example/2017-W47-1" in json.dumps([m.blocks for m in stage.slack.answers])
    assert {m.to for m in stage.slack.answers} == {"U1"}


async def test_a_button_in_the_digests_thread_answers_there_to_the_one_who_pressed(stage: Stage) -> None:
    stage.publish(*a_week("2017-W47", 3))
    await said(stage, await stage.people.command("/subscribe", channel="C1", user="U1"))
    stage.time.now = MONDAY
    await stage.drained()
    parent, *thread = stage.slack.posts
    button = next(label for label, b in thread[0].buttons().items() if "meituan" in b["value"])
    await said(stage, await stage.people.press(thread[0], button, user="U2"))
    answer = stage.slack.answers[-1]
    assert (answer.to, answer.thread_ts, thread[0].edits) == ("U2", parent.ts, 0)
    assert len(stage.slack.posts) == 4


async def test_a_mention_in_a_thread_is_answered_in_that_thread(stage: Stage) -> None:
    stage.publish(*a_week("2017-W47", 3))
    root = stage.people.write("이야기", channel="C1", user="U2")
    await said(stage, await stage.people.mention("company 메이투안", channel="C1", user="U1", thread=root.ts))
    [answer] = stage.slack.answers
    assert (answer.thread_ts, answer.to, answer.channel) == (root.ts, "", "C1")
    assert stage.store.ledger.subscriber(stage.chat("C1")) is None


async def test_a_direct_message_that_is_only_a_name_is_answered(stage: Stage) -> None:
    stage.publish(*a_week("2017-W47", 3))
    await said(stage, await stage.people.direct("메이투안", user="U1"))
    [answer] = stage.slack.answers
    assert (answer.channel, answer.to) == ("DU1", "")
    assert "메이투안" in answer.words()


async def test_what_people_say_among_themselves_is_none_of_our_business(stage: Stage) -> None:
    event = {
        "type": "message",
        "channel_type": "channel",
        "user": "U1",
        "text": "메이투안",
        "ts": "1.1",
        "channel": "C1",
    }
    await said(stage, await stage.people.event(event))
    own = {
        "type": "message",
        "channel_type": "im",
        "user": BOT,
        "bot_id": "BBOT",
        "text": "x",
        "ts": "1.2",
        "channel": "DU1",
    }
    await said(stage, await stage.people.event(own))
    assert stage.slack.answers == []
    assert stage.store.ledger.unhandled() == ()


async def test_a_digest_on_demand_is_a_parent_with_its_thread_in_the_channel(stage: Stage) -> None:
    stage.publish(*a_week("2017-W47", 15))
    await said(stage, await stage.people.command("/digest", channel="C1", user="U1"))
    parent, *thread = stage.slack.posts
    assert [m.thread_ts for m in thread] == [parent.ts] * 15
    assert {m.to for m in stage.slack.answers} == {""}
    assert stage.slack.calls["chat.postMessage"] == 16


async def test_who_asks_is_answered_in_the_language_of_the_client(stage: Stage) -> None:
    await said(stage, await stage.people.command("/jianbao", "help", channel="C1", user="U1"))
    await said(stage, await stage.people.command("/jianbao", "help", channel="C1", user="U2"))
    korean, english = stage.slack.answers
    hangul = [len(re.findall("[가-힣]", message.words())) for message in (korean, english)]
    assert hangul[0] > 100 > 30 > hangul[1]


# who may


@pytest.mark.parametrize(("user", "may"), [("U1", True), ("UGUEST", False), ("UOTHER", False)])
async def test_full_members_may_change_a_channels_settings_guests_and_strangers_not(
    stage: Stage, user: str, may: bool
) -> None:
    await said(stage, await stage.people.command("/subscribe", channel="C1", user=user))
    assert (stage.store.ledger.subscriber(stage.chat("C1")) is not None) is may
    assert [m.to for m in stage.slack.answers] == [user]


async def test_where_the_bot_is_not_the_answer_says_how_to_invite_it(stage: Stage) -> None:
    stage.publish(*a_week("2017-W47", 3))
    stage.slack.channel("G1", members={"U1", "U2"}, bot=False, private=True)
    await said(stage, await stage.people.command("/company", "메이투안", channel="G1", user="U1"))
    await said(stage, await stage.people.command("/digest", channel="G1", user="U2"))
    korean, *english = stage.slack.answers
    assert "/invite @jianbao" in korean.words()
    assert "초대" in korean.words()
    assert "invite me" in " ".join(m.words() for m in english)
    assert {m.to for m in stage.slack.answers} == {"U1", "U2"}


async def test_a_public_channel_that_subscribes_is_joined(stage: Stage) -> None:
    stage.slack.channel("C5", members={"U1"}, bot=False)
    await said(stage, await stage.people.command("/subscribe", channel="C5", user="U1"))
    assert BOT in stage.slack.world.channels["C5"].members
    assert "/invite" not in stage.slack.answers[-1].words()


async def test_another_workspaces_delivery_is_acknowledged_and_left_alone(stage: Stage) -> None:
    acked = await stage.people.command("/company", "메이투안", channel="C1", user="U1", team_id="T9")
    await said(stage, acked)
    event = {"type": "app_mention", "user": "U1", "text": "x", "ts": "1.1", "channel": "C1"}
    granted = [{"enterprise_id": "E9", "team_id": "T1", "user_id": BOT, "is_bot": True}]
    await said(stage, await stage.people.event(event, team_id="T1", authorizations=granted))
    assert stage.slack.answers == []


async def test_a_chat_of_another_workspace_is_not_posted_to(web: Stage) -> None:
    outcome = await web.door.send(Chat("slack", "T9", "C1"), '{"text":"x","blocks":[]}', first="")
    assert (outcome.kind, outcome.reason) == ("gone", "reason.slack.uninstalled")
    assert web.slack.calls["chat.postMessage"] == 0


async def test_an_export_is_handed_over_in_private(stage: Stage) -> None:
    await said(stage, await stage.people.command("/subscribe", channel="C1", user="U1"))
    await said(stage, await stage.people.command("/jianbao", "export", channel="C1", user="U1"))
    [file] = [m for m in stage.slack.answers if m.via == "files"]
    assert file.channel == "DU1"
    assert json.loads(file.arguments["data"])
    assert "DU1" not in {m.channel for m in stage.slack.answers if m.via != "files"}


async def test_a_trend_in_a_thread_comes_with_its_picture_and_words_for_it(stage: Stage) -> None:
    for week in ("2017-W45", "2017-W46", "2017-W47"):
        stage.publish(*a_week(week, 3))
    asked = stage.people.write("메이투안 어때요?", channel="C1", user="U1")
    mentioned = stage.people.mention("trend 메이투안", channel="C1", user="U1", thread=asked.ts)
    await said(stage, await mentioned)
    [file] = [m for m in stage.slack.answers if m.via == "files"]
    assert (file.channel, file.thread_ts) == ("C1", asked.ts)
    assert file.arguments["data"].startswith(b"\x89PNG")
    assert "꺾은선 그래프" in file.arguments["alt_txt"]
    [answer] = [m for m in stage.slack.answers if m.via == "chat.postMessage"]
    assert "주마다: 3, 3, 3개" in answer.text
    assert "개인 대화" not in answer.text


async def test_a_trend_that_one_person_asked_for_by_command_sends_its_picture_to_them(stage: Stage) -> None:
    for week in ("2017-W46", "2017-W47"):
        stage.publish(*a_week(week, 3))
    await said(stage, await stage.people.command("/jianbao", "trend 메이투안", channel="C1", user="U1"))
    [file] = [m for m in stage.slack.answers if m.via == "files"]
    assert file.channel == "DU1"
    [answer] = [m for m in stage.slack.answers if m.via != "files"]
    assert answer.to == "U1"
    assert "주마다: 3, 3개" in answer.text
    assert "다이렉트 메시지로 보냈습니다" in answer.text


async def test_a_picture_that_slack_does_not_take_costs_nobody_the_numbers(stage: Stage) -> None:
    for week in ("2017-W46", "2017-W47"):
        stage.publish(*a_week(week, 3))
    stage.slack.fail("files.getUploadURLExternal", Fault("error", error="missing_scope"))
    await said(stage, await stage.people.mention("trend 메이투안", channel="C1", user="U1"))
    [answer] = stage.slack.answers
    assert answer.to == ""
    assert "주마다: 3, 3개" in answer.text


async def test_the_home_tab_says_what_this_is_and_which_edition_is_the_newest(stage: Stage) -> None:
    stage.publish(*a_week("2017-W47", 3, title="마흔일곱째 호"))
    opened = {"type": "app_home_opened", "user": "U1", "channel": "DU1", "tab": "home"}
    await said(stage, await stage.people.event(opened))
    shown = json.dumps(stage.slack.world.views["U1"], ensure_ascii=False)
    assert "마흔일곱째 호" in shown
    assert "/subscribe" in shown
    assert "/jianbao schedule" in shown


async def test_an_editor_hands_in_an_issue_as_a_file_and_others_cannot(tmp_path: Path) -> None:
    async with staged(tmp_path, admins=frozenset({"slack:T1/U1"})) as stage:
        peopled(stage)
        issue = Path(__file__).parents[2] / "handlers/sample/issue.txt"
        file = stage.people.file("issue.txt", issue.read_bytes())
        await said(stage, await stage.people.direct("", user="U2", files=[file]))
        await said(stage, await stage.people.direct("", user="U1", files=[file]))
        refused, taken = stage.slack.answers
        assert stage.slack.calls["files"] == 1
        assert (refused.channel, taken.channel) == ("DU2", "DU1")
        assert refused.buttons() == {}
        assert any(
            b["value"].startswith("/import") or b["value"].startswith("#") for b in taken.buttons().values()
        )
        huge = stage.people.file("huge.md", b"x", size=6 << 20)
        elsewhere = stage.people.file("x.md", b"x", url_private_download="http://127.0.0.1:1/x")
        for unfit in (huge, elsewhere):
            await said(stage, await stage.people.direct("", user="U1", files=[unfit]))
            assert "5 MB" in stage.slack.answers[-1].words()
        assert stage.slack.violations == []


async def test_a_direct_conversation_subscribes_and_is_pushed_to(stage: Stage) -> None:
    stage.publish(*a_week("2017-W47", 6))
    await said(stage, await stage.people.command("/subscribe", channel="DU1", user="U1"))
    assert stage.slack.answers[-1].to == ""
    stage.time.now = MONDAY
    sent = len(stage.slack.posts)
    assert (await stage.drained()).sent == 7
    assert {m.channel for m in stage.slack.posts[sent:]} == {"DU1"}


async def test_what_to_type_next_is_written_as_it_is_typed_on_slack(stage: Stage) -> None:
    await said(stage, await stage.people.command("/jianbao", "help", channel="C1", user="U1"))
    shown = stage.slack.answers[0].words()
    assert "/jianbao search" in shown
    assert "/company" in shown
    assert not re.search(r"(?<!jianbao )/search", shown)


async def test_a_guest_is_told_who_may(stage: Stage) -> None:
    await said(stage, await stage.people.command("/subscribe", channel="C1", user="UGUEST"))
    assert "정식 멤버" in stage.slack.answers[0].words()


async def test_a_digest_for_one_pair_of_eyes_takes_at_most_five_messages(web: Stage) -> None:
    stories = tuple(a_story(f"2017-W47-{n}", body="긴 본문이다. " * 300) for n in range(1, 121))
    web.publish(an_edition("2017-W47", stories), stories)
    web.slack.channel("G1", members={"U1"}, bot=False, private=True)
    await said(web, await web.people.command("/digest", channel="G1", user="U1"))
    assert len(web.slack.answers) == 5
    assert "여기까지만" in web.slack.answers[-1].words()
    assert {(m.to, m.via) for m in web.slack.answers} == {("U1", "response_url")}


async def test_an_answer_that_must_wait_a_moment_comes_after_it_and_once(web: Stage) -> None:
    web.slack.fail("chat.postMessage", Fault("status", 429, retry_after="2"))
    await said(web, await web.people.mention("help", channel="C1", user="U1"))
    assert len(web.slack.posts) == 1


async def test_an_answer_whose_response_url_is_refused_takes_another_way(web: Stage) -> None:
    web.slack.fail("hooks", Fault("status", 404))
    await said(web, await web.people.command("/jianbao", "help", channel="C1", user="U1"))
    assert [(m.to, m.via) for m in web.slack.answers] == [("U1", "chat.postEphemeral")]
    web.slack.channel("G1", members={"U1"}, bot=False, private=True)
    web.slack.fail("hooks", Fault("status", 404))
    await said(web, await web.people.command("/jianbao", "help", channel="G1", user="U1"))
    assert [(m.to, m.channel) for m in web.slack.answers[1:]] == [("", "DU1")]
    web.slack.fail("hooks", Fault("lose"))
    await said(web, await web.people.command("/jianbao", "help", channel="C1", user="U1"))
    assert len(web.slack.answers) == 2


async def test_a_response_url_that_points_elsewhere_is_not_followed(web: Stage) -> None:
    other = "http://127.0.0.1:9/hooks/x"
    acked = await web.people.command("/jianbao", "help", channel="C1", user="U1", response_url=other)
    await said(web, acked)
    assert [m.via for m in web.slack.answers] == ["chat.postEphemeral"]
