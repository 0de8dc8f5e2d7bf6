"""Journeys over Slack's own surfaces: Home, forms, shortcuts, links, Share, the agent's tab."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.slack_inbound import IN_MESSAGE, LOOK_UP
from store.model import Schedule, Subscriber, SubscriberState
from tests.build import a_story, a_week, an_edition
from tests.fakes.slack import BOT, Fault, View
from tests.journeys.slack_stage import PUBLIC, Stage, Transport, peopled, said, staged


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


def kept(stage: Stage, channel: str) -> Subscriber:
    found = stage.store.ledger.subscriber(stage.chat(channel))
    assert found is not None
    return found


async def form(stage: Stage, text: str, *, channel: str = "C1", user: str = "U1") -> View:
    """The form that a command opens."""
    await said(stage, await stage.people.command("/jianbao", text, channel=channel, user=user))
    [view] = stage.slack.world.modals
    return view


# forms


async def test_settings_open_as_a_form_with_what_holds_now_and_keep_what_is_sent(stage: Stage) -> None:
    await said(stage, await stage.people.command("/subscribe", "fri 18:30", channel="C1", user="U1"))
    stage.slack.world.messages.clear()
    view = await form(stage, "settings")
    assert stage.slack.answers == []
    assert "2017" not in view.words()
    assert json.dumps(view.body).count('"initial_option": {"text": {"type": "plain_text"') >= 4
    sent = await stage.people.submit(view, day="tue", time="07:05", zone="도쿄", language="en", length="full")
    assert sent.body in {"", '""'}
    await said(stage, sent)
    after = kept(stage, "C1")
    assert after.schedule == Schedule(1, 7, 5, "Asia/Tokyo")
    assert (after.language, after.length, after.state) == ("en", "full", SubscriberState.ACTIVE)
    [told] = stage.slack.answers
    assert (told.to, told.channel) == ("U1", "C1")
    assert "Tuesday" in told.words()
    assert stage.slack.world.modals == []


async def test_what_cannot_be_used_is_said_beside_its_field_and_nothing_is_kept(stage: Stage) -> None:
    view = await form(stage, "subscribe")
    sent = await stage.people.submit(view, zone="Nowhere/Land")
    answer = json.loads(sent.body)
    assert answer["response_action"] == "errors"
    [(field, words)] = answer["errors"].items()
    assert field == "zone@C1"
    assert "Nowhere/Land" in words
    await stage.door.settled()
    assert stage.store.ledger.subscriber(stage.chat("C1")) is None
    assert stage.slack.answers == []
    assert stage.slack.world.modals == [view]
    await said(stage, await stage.people.submit(view, zone="Asia/Seoul", day="wed", time="10:00"))
    assert kept(stage, "C1").schedule == Schedule(2, 10, 0, "Asia/Seoul")
    assert kept(stage, "C1").state is SubscriberState.ACTIVE


async def test_another_channel_is_picked_and_its_own_values_are_shown_and_changed(stage: Stage) -> None:
    stage.slack.channel("C2", members={"U1"})
    await said(stage, await stage.people.command("/subscribe", "sat 06:00", channel="C2", user="U1"))
    view = await form(stage, "settings")
    picked = stage.people.in_view(view.body, "channel", "C2", user="U1", view_id=view.id)
    await said(stage, await picked)
    assert '"initial_time": "06:00"' in json.dumps(view.body)
    await said(stage, await stage.people.submit(view, day="sun"))
    assert kept(stage, "C2").schedule.weekday == 6
    assert stage.store.ledger.subscriber(stage.chat("C1")) is None
    assert stage.slack.answers[-1].channel == "C2"


async def test_a_private_channel_without_the_bot_is_told_how_to_invite_it_in_the_form(stage: Stage) -> None:
    stage.slack.channel("G1", members={"U1"}, bot=False, private=True)
    view = await form(stage, "subscribe")
    answer = json.loads((await stage.people.submit(view, channel="G1")).body)
    assert "/invite @jianbao" in answer["errors"]["channel"]
    assert stage.store.ledger.subscriber(stage.chat("G1")) is None


async def test_a_public_channel_is_joined_when_it_is_subscribed_by_the_form(stage: Stage) -> None:
    stage.slack.channel("C5", members={"U1"}, bot=False)
    view = await form(stage, "subscribe")
    await said(stage, await stage.people.submit(view, channel="C5"))
    assert kept(stage, "C5").state is SubscriberState.ACTIVE
    assert BOT in stage.slack.world.channels["C5"].members


async def test_a_form_for_ones_own_conversation_subscribes_that(stage: Stage) -> None:
    view = await form(stage, "subscribe", channel="DU1")
    await said(stage, await stage.people.submit(view, time="08:00"))
    assert kept(stage, "DU1").schedule.hour == 8
    assert stage.slack.answers[-1].channel == "DU1"


@pytest.mark.parametrize("user", ["UGUEST", "UOTHER"])
async def test_who_may_not_change_a_channel_gets_its_settings_to_read_and_no_form(
    stage: Stage, user: str
) -> None:
    await said(stage, await stage.people.command("/jianbao", "settings", channel="C1", user=user))
    assert stage.slack.world.modals == []
    [answer] = stage.slack.answers
    assert (answer.to, "설정" in answer.words()) == (user, True)


async def test_a_form_is_not_taken_from_who_may_not_or_was_not_given_it(stage: Stage) -> None:
    view = await form(stage, "settings")
    stolen = await stage.people.submit(view, user="UGUEST", day="tue")
    assert json.loads(stolen.body)["response_action"] == "update"
    view = await form_again(stage)
    stage.slack.world.users["U1"].restricted = True
    stage.time.now += timedelta(minutes=2)
    refused = json.loads((await stage.people.submit(view, day="tue")).body)
    assert "정식 멤버" in refused["errors"]["channel"]
    assert stage.store.ledger.subscriber(stage.chat("C1")) is None


async def form_again(stage: Stage) -> View:
    stage.slack.world.modals.clear()
    return await form(stage, "settings")


async def test_a_form_of_yesterday_or_for_another_channel_is_not_taken(stage: Stage) -> None:
    view = await form(stage, "settings")
    forged = {**view.body, "private_metadata": view.body["private_metadata"].replace("C1 ", "C2 ")}
    answer = json.loads((await stage.people.submit(View(view.id, "U1", forged), day="tue")).body)
    assert answer["response_action"] == "update"
    stage.time.now += timedelta(hours=25)
    answer = json.loads((await stage.people.submit(view, day="tue")).body)
    assert "너무 오래" in json.dumps(answer, ensure_ascii=False)
    assert stage.store.ledger.subscriber(stage.chat("C1")) is None


async def test_a_form_that_slack_does_not_open_any_more_falls_back_to_words(stage: Stage) -> None:
    stage.slack.fail("views.open", Fault("error", error="expired_trigger_id"))
    await said(stage, await stage.people.command("/jianbao", "settings", channel="C1", user="U1"))
    assert stage.slack.world.modals == []
    [answer] = stage.slack.answers
    assert "/jianbao settings length full" in answer.words()


async def test_a_late_form_is_answered_in_words_because_its_trigger_has_expired(web: Stage) -> None:
    body = web.people.command_body("/jianbao", "settings", channel="C1", user="U1")
    await web.door.stop()
    web.store.ledger.receive("slack:c:killed", json.dumps({**body, "text": "settings"}), at=web.time())
    web.time.now += timedelta(seconds=4)
    await web.door.start()
    await web.door.settled()
    assert [m.to for m in web.slack.answers] == ["U1"]
    assert web.slack.world.modals == []


async def test_the_settings_button_of_an_answer_opens_the_form(stage: Stage) -> None:
    stage.publish(*a_week("2017-W47", 2))
    await said(stage, await stage.people.command("/subscribe", channel="C1", user="U1"))
    [answer] = stage.slack.answers
    await said(stage, await stage.people.press(answer, "설정", user="U1"))
    assert [view.body["callback_id"] for view in stage.slack.world.modals] == ["settings"]


async def test_settings_with_words_behind_are_done_as_typed(stage: Stage) -> None:
    text = "settings length full; day fri; time 18:30"
    await said(stage, await stage.people.command("/jianbao", text, channel="C1", user="U1"))
    assert stage.slack.world.modals == []
    assert (kept(stage, "C1").length, kept(stage, "C1").schedule.weekday) == ("full", 4)


async def test_a_slow_look_at_slack_does_not_keep_a_form_from_being_acknowledged(
    web: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = await form(web, "settings")
    web.time.now += timedelta(minutes=11)  # nothing is remembered of who that is
    monkeypatch.setattr("bot.slack_surfaces.IN_TIME", 0.05)
    web.slack.fail("users.info", Fault("hang"))
    sent = await web.people.submit(view, day="tue")
    assert (sent.status, sent.body) == (200, "")
    await web.door.settled()
    assert kept(web, "C1").schedule.weekday == 1


# the Home tab


async def test_home_shows_the_newest_edition_condensed_and_where_the_digest_goes(stage: Stage) -> None:
    stage.publish(*a_week("2017-W47", 9, title="마흔일곱째 호"))
    stage.slack.channel("C2", members={"U2"})
    for channel, user in (("C1", "U1"), ("C2", "U2"), ("DU1", "U1")):
        await said(stage, await stage.people.command("/subscribe", channel=channel, user=user))
    await said(stage, await stage.people.look_at_home("U1"))
    shown = json.dumps(stage.slack.world.views["U1"], ensure_ascii=False)
    assert "마흔일곱째 호" in shown
    assert "이야기 8개" in shown
    assert "그 밖에 4개" in shown
    assert "<#C1>" in shown
    assert "<#C2>" not in shown  # U1 is not in it
    assert shown.count("월요일") >= 2
    assert "/jianbao schedule" in shown
    buttons = [
        block["accessory"] for block in stage.slack.world.views["U1"]["blocks"] if "accessory" in block
    ]
    assert [button["text"]["text"] for button in buttons] == ["설정", "설정"]
    assert len({button["accessibility_label"] for button in buttons}) == 2  # a listener can tell them apart


async def test_home_speaks_the_language_of_whoever_looks(stage: Stage) -> None:
    await said(stage, await stage.people.look_at_home("U2"))
    stage.slack.user("U3", locale="zh-CN")
    await said(stage, await stage.people.look_at_home("U3"))
    english, chinese = (json.dumps(stage.slack.world.views[u], ensure_ascii=False) for u in ("U2", "U3"))
    assert "Where the digest goes" in english
    assert "接收的地方" in chinese


async def test_a_name_typed_into_home_opens_its_card_and_the_card_leads_on(stage: Stage) -> None:
    stage.publish(*a_week("2017-W47", 9))
    await said(stage, await stage.people.look_at_home("U1"))
    home = stage.slack.world.views["U1"]
    await said(stage, await stage.people.in_view(home, "name", "美团", user="U1"))
    [modal] = stage.slack.world.modals
    assert "메이투안" in modal.words()
    assert stage.slack.answers == []
    button = next(e for b in modal.body["blocks"] if b["type"] == "actions" for e in b["elements"]
                  if e["value"].startswith("/figures"))  # fmt: skip
    before = modal.words()
    pressed = stage.people.in_view(modal.body, button["action_id"], user="U1", view_id=modal.id)
    await said(stage, await pressed)
    assert stage.slack.world.modals == [modal]
    assert modal.words() != before


async def test_home_changes_with_what_is_changed_from_it(stage: Stage) -> None:
    await said(stage, await stage.people.look_at_home("U1"))
    home = stage.slack.world.views["U1"]
    assert "구독 안 함" in json.dumps(home, ensure_ascii=False)
    await said(stage, await stage.people.in_view(home, "form.subscribe", user="U1"))
    [view] = stage.slack.world.modals
    await said(stage, await stage.people.submit(view, channel="C1", day="thu"))
    shown = json.dumps(stage.slack.world.views["U1"], ensure_ascii=False)
    assert "<#C1>" in shown
    assert "목요일" in shown


async def test_somebody_elses_home_is_not_acted_on(stage: Stage) -> None:
    await said(stage, await stage.people.look_at_home("U1"))
    home = stage.slack.world.views["U1"]
    await said(stage, await stage.people.in_view(home, "form.settings", user="U2"))
    assert "다른 사람을 위한" in stage.slack.world.modals[0].words() or "somebody else" in (
        stage.slack.world.modals[0].words()
    )


async def test_a_form_that_home_cannot_open_says_what_to_type(stage: Stage) -> None:
    await said(stage, await stage.people.look_at_home("U1"))
    stage.slack.fail("views.open", Fault("error", error="expired_trigger_id"))
    home = stage.slack.world.views["U1"]
    await said(stage, await stage.people.in_view(home, "form.settings", user="U1"))
    assert "/jianbao settings" in stage.slack.answers[-1].words()


async def test_home_still_works_after_weeks(stage: Stage) -> None:
    await said(stage, await stage.people.look_at_home("U1"))
    stage.time.now += timedelta(days=20)
    home = stage.slack.world.views["U1"]
    await said(stage, await stage.people.in_view(home, "form.settings", user="U1"))
    assert [view.body["callback_id"] for view in stage.slack.world.modals] == ["settings"]


# shortcuts


async def test_the_companies_of_a_message_are_listed_each_with_its_card(stage: Stage) -> None:
    stage.publish(*a_week("2017-W47", 3))
    message = stage.people.write(
        "텐센트와 메이투안이 손을 잡았다. 알리바바도 &amp; 지켜본다", channel="C1", user="U2"
    )
    await said(stage, await stage.people.shortcut(IN_MESSAGE, user="U1", message=message))
    [modal] = stage.slack.world.modals
    labels = {e["value"]: e["text"]["text"] for b in modal.body["blocks"] if b["type"] == "actions"
              for e in b["elements"]}  # fmt: skip
    assert [*labels] == ["/company id:tencent", "/company id:meituan", "/company id:alibaba"]
    assert stage.slack.answers == []
    pressed = stage.people.in_view(modal.body, "b1", user="U1", view_id=modal.id)
    await said(stage, await pressed)
    assert "https://news.example/2017-W47-1" in json.dumps(modal.body)
    assert stage.store.ledger.unhandled() == ()


async def test_companies_of_a_message_where_the_bot_is_not_are_shown_all_the_same(stage: Stage) -> None:
    stage.slack.channel("G1", members={"U1"}, bot=False, private=True)
    message = stage.people.write("메이투안 이야기", channel="G1", user="U1")
    await said(stage, await stage.people.shortcut(IN_MESSAGE, user="U1", message=message))
    assert "메이투안" in stage.slack.world.modals[0].words()
    stage.slack.fail("views.open", Fault("error", error="expired_trigger_id"))
    await said(stage, await stage.people.shortcut(IN_MESSAGE, user="U1", message=message))
    [answer] = stage.slack.answers
    assert (answer.to, answer.via) == ("U1", "response_url")


@pytest.mark.parametrize("text", ["점심 뭐 먹지?", "", "<!channel> <@U2> <https://x.example|메뉴>"])
async def test_a_message_without_companies_says_so(stage: Stage, text: str) -> None:
    message = stage.people.write(text, channel="C1", user="U2")
    await said(stage, await stage.people.shortcut(IN_MESSAGE, user="U1", message=message))
    assert "회사" in stage.slack.world.modals[0].words() or "글" in stage.slack.world.modals[0].words()


async def test_a_company_is_looked_up_from_anywhere(stage: Stage) -> None:
    stage.publish(*a_week("2017-W47", 3))
    await said(stage, await stage.people.shortcut(LOOK_UP, user="U1"))
    [view] = stage.slack.world.modals
    empty = json.loads((await stage.people.submit(view, name=" ")).body)
    assert set(empty["errors"]) == {"name"}
    answer = json.loads((await stage.people.submit(view, name="3690.HK")).body)
    assert answer["response_action"] == "update"
    assert "메이투안" in view.words()
    assert stage.slack.answers == []


# links


async def test_our_own_links_show_what_they_lead_to(stage: Stage) -> None:
    stage.publish(*a_week("2017-W47", 9, title="마흔일곱째 호"))
    urls = [f"{PUBLIC}/c/meituan", f"{PUBLIC}/s/2017-W47-2?utm=1", f"{PUBLIC}/e/2017-W47"]
    strangers = [f"{PUBLIC}/c/nobody-knows", f"{PUBLIC}/x/1", "https://news.example/c/meituan"]
    await said(stage, await stage.people.share_links(*urls, *strangers, channel="C1", user="U1"))
    [shown] = stage.slack.world.unfurls
    assert list(shown) == urls
    company, story, edition = (json.dumps(one, ensure_ascii=False) for one in shown.values())
    assert "메이투안" in company
    assert "동네 배달 앱이 새 지갑을 열다" in story
    assert "마흔일곱째 호" in edition
    assert stage.slack.answers == []
    await said(stage, await stage.people.share_links(*urls[:1], channel="C1", user="U1", composing=True))
    assert len(stage.slack.world.unfurls) == 2
    await said(stage, await stage.people.share_links(*strangers, channel="C1", user="U1"))
    assert len(stage.slack.world.unfurls) == 2


# Share


async def test_an_answer_for_one_is_shared_once_as_the_one_who_asked(stage: Stage) -> None:
    stage.publish(*a_week("2017-W47", 3))
    await said(stage, await stage.people.command("/company", "메이투안", channel="C1", user="U1"))
    [answer] = stage.slack.answers
    shared = answer.buttons()["모두에게 보이기"]
    body = stage.people.press_body(answer, "모두에게 보이기", user="U1")
    for trigger in ("1", "2"):
        await said(stage, await stage.people.again_pressed({**body, "trigger_id": trigger}))
    [post] = stage.slack.posts
    assert post.channel == "C1"
    assert {"type": "user", "user_id": "U1"} in post.blocks[0]["elements"][0]["elements"]
    assert "/company 메이투안" in post.words()
    assert "https://news.example/2017-W47-1" in json.dumps(post.blocks)
    assert "모두에게 보이기" not in post.buttons()
    assert "올렸습니다" in answer.words()
    assert shared["action_id"].startswith("share.")


async def test_what_was_pressed_on_to_is_shared_as_it_is_seen(stage: Stage) -> None:
    stage.publish(*a_week("2017-W47", 9))
    stage.publish(*a_week("2017-W46", 9))
    await said(stage, await stage.people.command("/company", "meituan", channel="C1", user="U1"))
    [answer] = stage.slack.answers
    turned = next(label for label, b in answer.buttons().items() if b["value"].endswith("page 2"))
    await said(stage, await stage.people.press(answer, turned, user="U1"))
    assert (answer.edits, "모두에게 보이기" in answer.buttons()) == (1, True)
    story = next(label for label, b in answer.buttons().items() if b["value"].startswith("/story"))
    await said(stage, await stage.people.press(answer, story, user="U1"))
    opened = stage.slack.answers[-1]
    await said(stage, await stage.people.press(opened, "모두에게 보이기", user="U1"))
    [post] = stage.slack.posts
    assert "/jianbao story 2017-W4" in post.words()


async def test_what_cannot_be_shared_says_why(stage: Stage) -> None:
    stage.publish(*a_week("2017-W47", 3))
    await said(stage, await stage.people.command("/company", "메이투안", channel="C1", user="U1"))
    [answer] = stage.slack.answers
    stage.slack.fail("chat.postMessage", Fault("error", error="restricted_action"))
    await said(stage, await stage.people.press(answer, "모두에게 보이기", user="U1"))
    assert stage.slack.posts == []
    assert "글을 올릴 수 없습니다" in answer.words()


async def test_a_trend_is_shared_with_its_picture(stage: Stage) -> None:
    for week in ("2017-W46", "2017-W47"):
        stage.publish(*a_week(week, 3))
    await said(stage, await stage.people.command("/jianbao", "trend 메이투안", channel="C1", user="U1"))
    answer = next(m for m in stage.slack.answers if m.to == "U1" and m.via == "response_url")
    await said(stage, await stage.people.press(answer, "모두에게 보이기", user="U1"))
    files = [m.channel for m in stage.slack.answers if m.via == "files"]
    assert files == ["DU1", "C1"]
    assert "주마다: 3, 3개" in stage.slack.posts[-1].text


async def test_settings_refusals_and_conversations_with_one_have_nothing_to_share(stage: Stage) -> None:
    stage.publish(*a_week("2017-W47", 3))
    stage.slack.channel("G1", members={"U1"}, bot=False, private=True)
    for channel, command in (("C1", "subscribe mon 09:00"), ("C1", "nonsense"), ("DU1", "company meituan"),
                             ("G1", "company meituan"), ("C1", "help")):  # fmt: skip
        await said(stage, await stage.people.command("/jianbao", command, channel=channel, user="U1"))
    labels = [sorted(m.buttons()) for m in stage.slack.answers]
    assert [("모두에게 보이기" in one) for one in labels] == [False, False, False, False, True]


# the agent's tab


async def test_the_messages_tab_suggests_what_to_ask(stage: Stage) -> None:
    await said(stage, await stage.people.look_at_home("U2", tab="messages"))
    prompts = stage.slack.world.prompts["DU2"]
    assert len(prompts) == 4
    assert "How much revenue" in json.dumps(prompts)
    assert stage.slack.world.views == {}


@pytest.mark.parametrize("locale", ["ko-KR", "en-US", "zh-CN"])
async def test_every_suggestion_is_answered_by_what_it_promises(web: Stage, locale: str) -> None:
    web.publish(*a_week("2017-W47", 3, title="마흔일곱째 호"))
    web.slack.user("U1", locale=locale)
    await said(web, await web.people.look_at_home("U1", tab="messages"))
    latest, company, question, subscribe = web.slack.world.prompts["DU1"]
    for prompt, words in ((latest, "마흔일곱째 호"), (company, "美团"), (question, ""), (subscribe, "09:00")):
        begun = len(web.slack.answers)
        await said(web, await web.people.direct(prompt["message"], user="U1"))
        assert words in " ".join(m.words() for m in web.slack.answers[begun:])
        assert len(web.slack.answers) > begun
    assert kept(web, "DU1").state is SubscriberState.ACTIVE


async def test_subscribing_in_the_conversation_with_the_app_takes_a_word(stage: Stage) -> None:
    await said(stage, await stage.people.direct("subscribe fri 18:30", user="U1"))
    assert kept(stage, "DU1").schedule == Schedule(4, 18, 30, "Asia/Seoul")
    assert kept(stage, "DU1").state is SubscriberState.ACTIVE


async def test_a_look_up_that_takes_too_long_is_not_closed_without_a_word(
    web: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await said(web, await web.people.shortcut(LOOK_UP, user="U1"))
    [view] = web.slack.world.modals
    web.time.now += timedelta(minutes=11)
    monkeypatch.setattr("bot.slack_surfaces.IN_TIME", 0.05)
    web.slack.fail("users.info", Fault("hang"))
    answer = json.loads((await web.people.submit(view, name="메이투안")).body)
    assert "name" in answer["errors"]


async def test_a_question_is_answered_in_its_thread_with_a_sign_of_work_before(stage: Stage) -> None:
    stage.publish(*a_week("2017-W47", 3))
    await said(stage, await stage.people.direct("메이투안", user="U1"))
    asked, answer = stage.slack.world.messages
    assert (answer.channel, answer.thread_ts) == ("DU1", asked.ts)
    assert stage.slack.world.statuses == [("DU1", asked.ts, "찾는 중…")]
    assert stage.slack.world.titles == {("DU1", asked.ts): "메이투안"}


async def test_where_there_is_no_agent_the_answer_comes_all_the_same_and_slack_is_left_alone(
    stage: Stage,
) -> None:
    stage.publish(*a_week("2017-W47", 3))
    stage.slack.fail("assistant.threads.setStatus", Fault("error", error="missing_scope"))
    for _ in range(3):
        await said(stage, await stage.people.direct("메이투안", user="U1"))
        stage.time.now += timedelta(seconds=2)
    assert len(stage.slack.answers) == 3
    assert stage.slack.calls["assistant.threads.setStatus"] == 1


# time


async def test_a_digest_in_four_channels_takes_no_longer_than_in_one(web: Stage) -> None:
    """A reply a story: a channel takes a message a second, so fifteen stories take fifteen seconds, and
    channels do not wait for each other until the workspace's own pace (four a second) is reached.
    """
    web.publish(*a_week("2017-W47", 15))
    for number in range(2, 5):
        web.slack.channel(f"C{number}", members={"U1"})
    for number in range(1, 5):
        await said(web, await web.people.command("/subscribe", channel=f"C{number}", user="U1"))
    begun = web.time.now = web.time.now + timedelta(days=3)
    assert (await web.drained()).sent == 64
    assert 15 <= (web.time() - begun).total_seconds() <= 20


async def test_hostile_titles_stay_inert_on_every_surface(web: Stage) -> None:
    bad = "<!channel> <@U1> <https://evil.example|메이투안> *굵게* `x`"
    stories = tuple(a_story(f"2017-W47-{n}", title=f"{n} {bad}", body=f"{bad} 이야기.") for n in range(1, 8))
    web.publish(an_edition("2017-W47", stories, title=bad), stories)
    await said(web, await web.people.look_at_home("U1"))
    home = web.slack.world.views["U1"]
    await said(web, await web.people.in_view(home, "name", "메이투안", user="U1"))
    urls = (f"{PUBLIC}/s/2017-W47-2", f"{PUBLIC}/e/2017-W47")
    await said(web, await web.people.share_links(*urls, channel="C1", user="U1"))
    await said(web, await web.people.command("/company", "메이투안", channel="C1", user="U1"))
    await said(web, await web.people.press(web.slack.answers[-1], "모두에게 보이기", user="U1"))
    shown: list[object] = [home, [m.body for m in web.slack.world.modals], web.slack.world.unfurls]
    shown += [[m.text, m.blocks] for m in web.slack.answers]
    everything = json.dumps(shown, ensure_ascii=False)
    assert "evil.example" in everything
    assert not [sign for sign in ("<!", "<@") if sign in everything]
    parsed = [*marked(shown), *(m.text for m in web.slack.answers)]
    assert not [text for text in parsed if "<https://evil" in text]


def marked(value: object) -> Iterator[str]:
    """Every text that Slack parses."""
    if isinstance(value, dict):
        if value.get("type") == "mrkdwn":
            yield value["text"]
        for inner in value.values():
            yield from marked(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from marked(inner)
