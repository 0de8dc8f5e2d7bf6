"""/start and /help."""

from __future__ import annotations

from pathlib import Path

import pytest

from handlers.commands import COMMANDS
from handlers.start import explained
from store.bundle import Store
from store.model import LANGUAGES, Language
from tests.asks import a_store, buttons, plain, told
from tests.build import a_week


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return a_store(tmp_path, a_week())


async def test_start_introduces_itself_and_offers_the_next_step(store: Store) -> None:
    reply = await told(store, "/start")
    assert buttons(reply) == {
        "한국어": "/language ko", "English": "/language en", "中文": "/language zh",
        "구독": "/subscribe", "최근 호 보기": "/latest", "도움말": "/help",
    }  # fmt: skip
    unknown = await told(store, "/start x_unknown")
    assert plain(unknown).startswith("이 링크가 가리키던 것을 찾지 못했습니다.")
    assert unknown.blocks[1:] == reply.blocks
    assert (await told(store, "/start c_nobody")).blocks == unknown.blocks


async def test_a_start_link_opens_a_companys_card(store: Store) -> None:
    assert (await told(store, "/start c_meituan")).tags["company"] == "meituan"


async def test_start_works_on_an_empty_store(tmp_path: Path) -> None:
    assert "/subscribe" in buttons(await told(a_store(tmp_path / "empty"), "/start")).values()


@pytest.mark.parametrize("admin", [True, False])
async def test_help_lists_every_command_one_may_use(store: Store, admin: bool) -> None:
    text = plain(await told(store, "/help", admin=admin))
    for command in COMMANDS:
        listed = any(line.startswith(f"/{command.name} ") for line in text.splitlines())
        assert listed is (not command.hidden and (admin or command.needs != "admin")), command.name


@pytest.mark.parametrize("word", ["company", "/company", "회사", "公司", "COMPANY"])
async def test_help_explains_one_command_by_any_of_its_names(store: Store, word: str) -> None:
    reply = await told(store, f"/help {word}")
    assert reply.tags["command"] == "company"
    assert "예: /company 메이투안 10" in plain(reply)


async def test_help_for_a_mistyped_command_offers_the_nearest(store: Store) -> None:
    reply = await told(store, "/help compnay")
    assert buttons(reply) == {"/help company": "/help company"}
    assert "‘compnay’라는" in plain(reply) or "‘compnay’이라는" in plain(reply)
    assert list(buttons(await told(store, "/help qqqzz")).values()) == ["/help"]


async def test_help_hides_admin_commands_from_others(store: Store) -> None:
    assert "command" not in (await told(store, "/help status")).tags
    assert (await told(store, "/help status", admin=True)).tags["command"] == "status"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_command_is_explained_in_every_language(language: Language) -> None:
    for command in COMMANDS:
        assert f"/{command.name}" in plain(explained(command.name, language))
