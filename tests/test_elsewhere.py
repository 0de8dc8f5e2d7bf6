"""A command aimed at another chat: what is one, and what its answer's buttons are."""

from __future__ import annotations

from pathlib import Path

import pytest

from handlers.elsewhere import Aim, aimed, bound, is_list, spelled
from handlers.errors import Refusal
from handlers.message import Button, Buttons, Reply
from store.model import Chat
from tests.asks import a_store, buttons, plain, told
from tests.build import NOON

THERE = Chat("telegram", "100", "-100600", "7")


@pytest.mark.parametrize(
    ("text", "aim"),
    [
        ("/manage @news_channel", Aim("@news_channel", "/settings")),
        ("/manage -100123 day fri", Aim("-100123", "/settings day fri")),
        ("/manage -100123:7 /schedule fri 18:30", Aim("-100123:7", "/schedule fri 18:30")),
        ("/subscribe @news mon 09:00", Aim("@news", "/subscribe mon 09:00")),
        ("/구독 @news", Aim("@news", "/subscribe")),
        ("/subscribe mon 09:00", None),
        ("/company @news", None),
        ("/manage", None),
        ("/settings quiet 22:00-08:00", None),
        ("메이투안 @news", None),
        ("/subscribe @a;drop", None),
    ],
)
def test_what_a_command_is_aimed_at(text: str, aim: Aim | None) -> None:
    assert aimed(text) == aim


@pytest.mark.parametrize("inner", ["/company meituan", "/status", "/manage @other", "/", "/import x"])
def test_only_subscriptions_and_settings_can_be_aimed(inner: str) -> None:
    with pytest.raises(Refusal) as refused:
        aimed(f"/manage @news {inner}")

    assert refused.value.key == "elsewhere.only_settings"


def test_the_list_is_asked_for_by_the_command_alone() -> None:
    assert [is_list(text) for text in ("/manage", "/관리 ", "/help", "manage", "/")] == [
        True, True, False, False, False,
    ]  # fmt: skip


def test_buttons_about_the_other_chat_are_aimed_at_it_and_the_rest_stay(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    given = Reply(
        (
            Buttons(
                (
                    Button("a", "/settings zone"),
                    Button("b", "/latest"),
                    Button("c", url="https://news.example/"),
                    Button("d", "/forget yes", signed=True),
                )
            ),
        ),
        "ko",
    )

    made = bound(given, THERE, "소식 방", store, NOON)

    assert spelled(THERE) == "-100600:7"
    assert plain(made).startswith("‘소식 방’의 설정입니다.")
    commands = buttons(made)
    assert commands["a"] == "/manage -100600:7 /settings zone"
    assert (commands["b"], commands["c"]) == ("/latest", "")
    assert commands["d"].startswith("/manage -100600:7 /forget yes~")
    assert not any(
        button.signed for block in made.blocks if isinstance(block, Buttons) for button in block.buttons
    )
    store.library.close()
    store.ledger.close()


async def test_where_no_other_chat_can_be_managed_it_is_said_where(tmp_path: Path) -> None:
    store = a_store(tmp_path)

    assert "개인 대화" in plain(await told(store, "/manage @news", private=False))
    store.library.close()
    store.ledger.close()
