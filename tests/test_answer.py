"""From what a person typed or pressed to a reply, whatever it was."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from handlers import commands
from handlers.answer import answer, arguments, excerpt, payload
from handlers.commands import Command
from handlers.errors import Refusal
from handlers.message import Ask, Attachment, Button, Reply, Text, line
from store.bundle import Store
from store.errors import StoreFull
from store.model import Subscriber
from tests.asks import CHAT, a_store, an_ask, anyone, buttons, nobody, plain, told
from tests.build import NOON, a_week


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return a_store(tmp_path, a_week())


def a_command(monkeypatch: pytest.MonkeyPatch, store: Store, **fields: object) -> list[Ask]:
    """Puts a command /probe into the table that answers "done"; returns what it was asked."""
    asked: list[Ask] = []

    async def probe(ask: Ask, _store: Store) -> Reply:
        asked.append(ask)
        return Reply((Text(line("done")),), "ko")

    command = Command(**{"name": "probe", "handler": probe, **fields})  # type: ignore[arg-type]
    monkeypatch.setitem(commands._BY_NAME, "probe", command)
    return asked


@pytest.mark.parametrize(
    "text",
    ["/company 메이투안", "/company@jianbao_bot 메이투안", "／company 메이투안",
     " /COMPANY  메이투안 ", "/회사 메이투안", "/公司 美团", "/company\n메이투안",
     "메이투안", "美团", "/메이투안"],
)  # fmt: skip
async def test_a_company_is_found_however_it_is_asked_for(store: Store, text: str) -> None:
    assert (await told(store, text)).tags["company"] == "meituan"


async def test_a_bare_text_in_a_group_is_none_of_our_business(store: Store) -> None:
    assert await answer(an_ask("메이투안", private=False), store, manages=anyone) is None
    assert await answer(an_ask("", private=True), store, manages=anyone) is None


async def test_a_bare_text_that_is_no_company_is_searched_for(store: Store) -> None:
    assert "2017-W47-2" in "".join(buttons(await told(store, "새 지갑을")).values())


async def test_a_bare_word_of_a_command_is_that_command(store: Store) -> None:
    assert "/company" in plain(await told(store, "도움말"))


async def test_a_mistyped_command_is_offered_with_its_arguments(store: Store) -> None:
    reply = await told(store, "/compnay meitun")
    assert list(buttons(reply).values()) == ["/company meitun"]
    assert "/company" in plain(reply)


async def test_an_admin_command_is_not_offered_to_others(store: Store) -> None:
    assert "/status" not in buttons(await told(store, "/statsu")).values()
    assert "/status" in buttons(await told(store, "/statsu", admin=True)).values()


async def test_a_slash_alone_is_a_call_for_help(store: Store) -> None:
    assert (await told(store, "/")).blocks == (await told(store, "/help")).blocks


async def test_a_word_like_no_command_leads_to_help(store: Store) -> None:
    assert list(buttons(await told(store, "/xqzwvk")).values()) == ["/help"]


async def test_over_long_arguments_are_refused_and_the_limit_is_named(store: Store) -> None:
    reply = await told(store, "/search " + "가" * 201)
    assert "200" in plain(reply)
    assert reply.tags["refused"] == "answer.too_long"
    assert (await told(store, "가" * 201)).tags["refused"] == "answer.too_long"
    assert "refused" not in (await told(store, "/search " + "가" * 200)).tags


async def test_admin_commands_refuse_others_politely(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = a_command(monkeypatch, store, needs="admin")
    assert (await told(store, "/probe")).tags["refused"] == "answer.admins_only"
    assert asked == []
    assert plain(await told(store, "/probe", admin=True)) == "done"


async def test_settings_of_a_group_are_its_managers_affair(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = a_command(monkeypatch, store, needs="manager")
    group = an_ask("/probe x", private=False)
    refused = await answer(group, store, manages=nobody)
    assert refused is not None
    assert refused.tags["refused"] == "answer.managers_only"
    assert refused.whisper
    assert asked == []
    assert await answer(group, store, manages=anyone) is not None
    assert await answer(an_ask("/probe x"), store, manages=nobody) is not None  # a private chat
    store.ledger.put_subscriber(Subscriber(CHAT, managers="everyone"))
    await answer(group, store, manages=nobody)
    assert len(asked) == 3


async def test_a_command_that_shows_without_arguments_is_open_to_all(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_command(monkeypatch, store, needs="manager", shows=True)
    shown = await answer(an_ask("/probe", private=False), store, manages=nobody)
    changed = await answer(an_ask("/probe x", private=False), store, manages=nobody)
    assert shown is not None
    assert changed is not None
    assert (plain(shown), "refused" in changed.tags) == ("done", True)


async def test_an_editors_file_is_an_import(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = a_command(monkeypatch, store, needs="admin")
    monkeypatch.setitem(commands._BY_NAME, "import", commands._BY_NAME["probe"])
    file = Attachment("8.txt", b"x")
    assert plain(await told(store, "", admin=True, attachment=file)) == "done"
    assert asked[0].attachment == file
    assert (await told(store, "", attachment=file)).tags["refused"] == "answer.admins_only"
    assert await answer(an_ask("", attachment=file, admin=True, private=False), store, manages=anyone) is None


async def test_a_pressed_button_walks_the_same_path_as_typing(store: Store) -> None:
    long = Button("다음", "/company " + "메이투안 " * 8 + "page 2")
    for button in (Button("메이투안", "/company id:meituan"), replace(long, command="/company id:meituan 5")):
        pressed = payload(button, CHAT, store, NOON)
        assert (await told(store, pressed, pressed=True)).blocks == (await told(store, button.command)).blocks


async def test_only_a_good_signature_in_its_own_chat_reaches_the_handler_as_signed(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = a_command(monkeypatch, store)
    good = payload(Button("예", "/probe yes", signed=True), CHAT, store, NOON)
    await told(store, good, pressed=True)
    await told(store, good)  # typed, not pressed
    await told(store, "/probe yes", pressed=True)
    await told(store, "/probe yes", signed=True)  # a door's mistake
    assert [ask.signed for ask in asked] == [True, False, False, False]
    assert asked[0].text == "/probe yes"
    for stale in (
        await told(store, good, pressed=True, now=NOON + timedelta(days=2)),
        await told(store, good, pressed=True, chat=replace(CHAT, id="8")),
        await told(store, good[:-1] + ("b" if good[-1] != "b" else "c"), pressed=True),
    ):
        assert stale.tags["refused"] == "answer.stale"
        assert buttons(stale) == {"/probe": "/probe yes"}
    assert len(asked) == 4


async def test_an_unknown_token_says_so_and_offers_help(store: Store) -> None:
    reply = await told(store, "#gone", pressed=True)
    assert reply.tags["refused"] == "answer.stale"
    assert list(buttons(reply).values()) == ["/help"]


async def test_a_handlers_failure_is_told_by_a_reference_and_logged_once(
    store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(_ask: Ask, _store: Store) -> Reply:
        raise ZeroDivisionError("inside")

    a_command(monkeypatch, store, handler=broken)
    with caplog.at_level(logging.WARNING):
        reply = await told(store, "/probe my-secret-token")
    assert reply.tags["failed"] in plain(reply)
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert reply.tags["failed"] in caplog.text
    assert "ZeroDivisionError" in caplog.text
    assert "my-secret-token" not in caplog.text


async def test_the_stores_and_a_handlers_refusals_are_told_in_words(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusals = [StoreFull(path="/d", detail="no space"), Refusal("digest.no_arguments", given="x")]

    async def refusing(_ask: Ask, _store: Store) -> Reply:
        raise refusals.pop()

    a_command(monkeypatch, store, handler=refusing)
    assert "‘x’" in plain(await told(store, "/probe"))
    assert "남은 공간이 없음" in plain(await told(store, "/probe"))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(max_size=60), st.booleans(), st.booleans())
async def test_whatever_is_sent_nothing_is_raised_and_nothing_fails(
    store: Store, text: str, pressed: bool, private: bool
) -> None:
    for sent in (
        text,
        f"/{text}",
        f"/company {text}",
        f"/digest {text}",
        f"/story {text}",
        f"/search {text}",
    ):
        reply = await answer(an_ask(sent, pressed=pressed, private=private), store, manages=anyone)
        assert reply is None or (reply.blocks and "failed" not in reply.tags), sent


def test_arguments_are_what_follows_the_command_word() -> None:
    assert arguments(an_ask("/company  메이투안  5 ")) == "메이투안  5"
    assert arguments(an_ask("/company")) == ""
    assert arguments(an_ask("메이투안 5")) == "메이투안 5"


def test_an_excerpt_is_one_short_line() -> None:
    assert excerpt("a\n b") == "a b"
    assert len(excerpt("가" * 100)) == 40


@pytest.mark.parametrize("text", ["/roll 6", "/weather@", "/메이투안", "/compnay meituan", "/", "그냥 말"])
async def test_a_command_that_may_be_another_bots_is_left_to_it(store: Store, text: str) -> None:
    ask = an_ask(text, private=False, addressed=False)
    assert await answer(ask, store, manages=anyone) is None


@pytest.mark.parametrize("text", ["/company meituan", "/회사 메이투안", "/公司 美团"])
async def test_a_command_that_we_know_is_answered_without_our_name(store: Store, text: str) -> None:
    reply = await answer(an_ask(text, private=False, addressed=False), store, manages=anyone)
    assert reply is not None
    assert reply.tags["company"] == "meituan"


async def test_an_unknown_command_with_our_name_is_answered(store: Store) -> None:
    reply = await answer(an_ask("/roll 6", private=False), store, manages=anyone)
    assert reply is not None
    assert reply.tags == {"refused": "answer.unknown"}


@pytest.mark.parametrize("name", [command.name for command in commands.COMMANDS if command.alone])
async def test_words_behind_a_command_that_takes_none_are_left_out_and_that_is_said(
    store: Store, name: str
) -> None:
    plainly = await told(store, f"/{name}", admin=True)
    answered = await told(store, f"/{name} 넷째 주", admin=True)
    if "refused" in plainly.tags:
        assert answered.tags == plainly.tags
        return
    note = "‘넷째 주’는 이 명령에는 필요 없는 말이라 빼고 답했습니다."
    assert plain(Reply(answered.blocks[1:2], "ko")) == note
    assert (*answered.blocks[:1], *answered.blocks[2:]) == plainly.blocks
