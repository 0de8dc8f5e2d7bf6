"""/language and /settings, typed and by button."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from handlers.answer import answer
from handlers.errors import Refusal
from handlers.language_choice import read_language
from handlers.settings_cmd import setting_named, value_named
from handlers.settings_panel import CHOICES, code
from handlers.words import say
from store.bundle import Store
from store.model import LANGUAGES, Language, Schedule, Subscriber, SubscriberState
from tests.asks import CHAT, a_store, an_ask, anyone, buttons, nobody, plain, told
from tests.build import NOON
from tests.presses import press


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = a_store(tmp_path)
    yield store
    store.library.close()
    store.ledger.close()


def kept(store: Store) -> Subscriber:
    subscriber = store.ledger.subscriber(CHAT)
    assert subscriber is not None
    return subscriber


async def test_without_an_argument_every_language_is_a_button_in_its_own_name(store: Store) -> None:
    reply = await told(store, "/language")

    assert plain(reply).startswith("지금 언어: 한국어")
    assert [buttons(reply)[name] for name in ("한국어", "English", "中文")] == [
        "/language ko",
        "/language en",
        "/language zh",
    ]
    assert store.ledger.subscriber(CHAT) is None


@pytest.mark.parametrize(
    ("word", "language"),
    [
        ("ko", "ko"), ("한국어", "ko"), ("Korean", "ko"), ("韩语", "ko"), ("EN", "en"), ("english", "en"),
        ("영어", "en"), ("英文", "en"), ("中文", "zh"), ("중국어", "zh"), ("zh-Hant-TW", "zh"),
        ("zh_cn", "zh"), ("en-GB", "en"), ("auto", None), ("自动", None),
    ],
)  # fmt: skip
def test_a_language_is_known_by_its_name_in_any_of_the_three(word: str, language: Language | None) -> None:
    assert read_language(word) == language


@pytest.mark.parametrize("word", ["fr", "klingon", "e", "日本語", "zh" * 50])
def test_another_language_is_refused(word: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_language(word)

    assert refused.value.key == "language.unknown"


async def test_the_answer_already_comes_in_the_new_language(store: Store) -> None:
    reply = await told(store, "/language english")

    assert reply.language == "en"
    assert plain(reply).startswith("From now on I answer in English.")
    assert kept(store).language == "en"
    assert "/language en" not in buttons(reply).values()
    assert store.ledger.audit()[0].detail == f"{CHAT} language en"


async def test_the_chats_own_language_wins_over_the_clients(store: Store) -> None:
    await told(store, "/language zh")

    assert (await told(store, "/language", client_language="en")).language == "zh"


async def test_auto_follows_the_client_again(store: Store) -> None:
    await told(store, "/language zh")
    reply = await told(store, "/language auto", client_language="en")

    assert kept(store).language is None
    assert reply.language == "en"
    assert plain(reply).startswith("Following your app's language, now English.")


async def test_the_same_language_again_is_no_change(store: Store) -> None:
    await told(store, "/language zh")
    await told(store, "/language zh")

    assert len(store.ledger.audit()) == 1


async def test_an_unknown_language_is_named_in_the_refusal(store: Store) -> None:
    reply = await told(store, "/language klingon")

    assert reply.tags["refused"] == "language.unknown"
    assert "klingon" in plain(reply)
    assert "/language en" in plain(reply)


async def test_the_panel_shows_every_setting_and_edits_itself(store: Store) -> None:
    store.ledger.put_subscriber(
        Subscriber(
            CHAT,
            language="zh",
            schedule=Schedule(4, 18, 30, "Asia/Shanghai"),
            state=SubscriberState.ACTIVE,
            next_at=datetime(2026, 11, 27, 10, 30, tzinfo=UTC),
            follows=("meituan", "didi"),
            mutes=("leeco",),
            length="full",
            silent=True,
            policy="at_least_once",
            managers="everyone",
        )
    )
    reply = await told(store, "/settings")
    text = plain(reply)

    assert reply.replace
    for shown in ("语言：中文", "星期五 18:30", "Asia/Shanghai", "已订阅", "长度：全文", "静音：开"):
        assert shown in text
    assert "谁可以修改设置：所有人" in text
    assert "送达不明时：重发" in text
    assert "关注 2 家，屏蔽 1 家" in text
    assert "11月27日周五 18:30" in text


async def test_buttons_of_the_panel_flip_what_has_two_values(store: Store) -> None:
    panel = await told(store, "/settings")
    panel = await press(store, panel, "/settings length full")
    assert kept(store).length == "full"
    panel = await press(store, panel, "/settings length short")
    assert kept(store).length == "short"
    panel = await press(store, panel, "/settings silent on")
    assert kept(store).silent
    panel = await press(store, panel, "/settings silent off")
    assert not kept(store).silent
    assert panel.replace


async def test_every_button_of_every_panel_leads_somewhere(store: Store) -> None:
    seen: set[str] = set()
    todo = ["/settings", "/language", "/schedule"]
    while todo:
        command = todo.pop()
        seen.add(command)
        reply = await told(store, command)
        assert "failed" not in reply.tags, command
        assert "refused" not in reply.tags, command
        todo += [new for new in buttons(reply).values() if new not in seen and new.startswith("/settings")]

    for name in ("language", "day", "time", "zone", "managers", "policy"):
        assert f"/settings {name}" in seen


async def test_who_may_change_is_explained_and_changed(store: Store) -> None:
    question = await told(store, "/settings managers")
    assert "누구나" in plain(question)
    reply = await press(store, question, "/settings managers everyone")

    assert kept(store).managers == "everyone"
    assert "모두: 이 대화방의 누구나" in plain(reply)


async def test_once_everyone_may_change_everyone_can(store: Store) -> None:
    await told(store, "/settings managers everyone")
    reply = await answer(an_ask("/settings length full", private=False), store, manages=nobody)

    assert reply is not None
    assert "refused" not in reply.tags
    assert kept(store).length == "full"


async def test_the_policy_says_in_one_sentence_what_it_means(store: Store) -> None:
    reply = await told(store, "/settings policy at_least_once")

    assert kept(store).policy == "at_least_once"
    assert say("settings.policy.at_least_once.means", "ko") in plain(reply)
    assert store.ledger.audit()[0].detail == f"{CHAT} policy at_least_once"


async def test_day_time_and_zone_change_one_thing_each(store: Store) -> None:
    await told(store, "/settings day 금요일")
    await told(store, "/settings time 18:30")
    await told(store, "/settings zone Asia/Tokyo")

    assert kept(store).schedule == Schedule(4, 18, 30, "Asia/Tokyo")
    assert kept(store).next_at is None


async def test_a_schedule_changed_in_the_panel_moves_the_next_push(store: Store) -> None:
    await told(store, "/subscribe")
    await told(store, "/settings day tue")

    assert kept(store).next_at == datetime(2026, 11, 24, tzinfo=UTC)


async def test_days_are_offered_by_name(store: Store) -> None:
    reply = await told(store, "/settings day", client_language="en")

    assert buttons(reply)["Friday"] == "/settings day fri"
    assert len(buttons(reply)) == 8


@pytest.mark.parametrize(
    "text", ["/settings time 25:00", "/settings zone Asia/Soul", "/settings day someday"]
)
async def test_a_bad_day_time_or_zone_is_refused_by_name(store: Store, text: str) -> None:
    reply = await told(store, text)

    assert reply.tags["refused"].startswith("error.bad_")
    assert text.rsplit(maxsplit=1)[-1] in plain(reply)
    assert store.ledger.subscriber(CHAT) is None


async def test_a_bad_value_is_refused_with_the_possible_ones(store: Store) -> None:
    reply = await told(store, "/settings length medium")

    assert reply.tags["refused"] == "settings.bad_value"
    for word in ("medium", "short", "full", "/settings length short"):
        assert word in plain(reply)


async def test_an_unknown_setting_is_refused_with_the_closest(store: Store) -> None:
    reply = await told(store, "/settings polcy at_least_once")

    assert reply.tags["refused"] == "settings.unknown"
    assert "polcy" in plain(reply)
    assert "/settings policy" in plain(reply)


@pytest.mark.parametrize("language", LANGUAGES)
def test_settings_and_values_can_be_typed_in_every_language(language: Language) -> None:
    for name, choice in CHOICES.items():
        for word in say(f"settings.{name}.words", language).split():
            assert setting_named(word) == name, word
        for value in choice.values:
            for word in say(f"settings.{name}.{code(value)}.words", language).split():
                assert value_named(name, word) == value, word


@pytest.mark.parametrize(
    ("word", "name"),
    [("언어", "language"), ("요일", "day"), ("时间", "time"), ("timezone", "zone"), ("LENGTH", "length")],
)
def test_other_settings_have_words_too(word: str, name: str) -> None:
    assert setting_named(word) == name


async def test_setting_what_is_set_is_no_change(store: Store) -> None:
    await told(store, "/settings length short")

    assert not store.ledger.audit()
    assert store.ledger.subscriber(CHAT) is None


async def test_anyone_sees_the_settings_of_a_group_and_a_manager_changes_them(store: Store) -> None:
    group = {"private": False, "chat": replace(CHAT, id="-100")}
    seen = await answer(an_ask("/settings", **group), store, manages=nobody)
    refused = await answer(an_ask("/settings length full", **group), store, manages=nobody)
    changed = await answer(an_ask("/settings length full", **group), store, manages=anyone)

    assert seen is not None
    assert "refused" not in seen.tags
    assert refused is not None
    assert refused.tags["refused"] == "answer.managers_only"
    assert changed is not None
    assert "refused" not in changed.tags


@pytest.mark.parametrize("state", list(SubscriberState))
@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_panel_tells_every_state_in_every_language(
    store: Store, state: SubscriberState, language: Language
) -> None:
    due = NOON if state is SubscriberState.ACTIVE else None
    until = NOON if state is SubscriberState.PAUSED else None
    store.ledger.put_subscriber(
        Subscriber(CHAT, language=language, state=state, next_at=due, paused_until=until)
    )
    reply = await told(store, "/settings")

    assert "failed" not in reply.tags
    assert say("settings.title", language) in plain(reply)
