"""What only the asker may see on Telegram."""

from __future__ import annotations

import pytest

from bot.telegram_aside import can_be_told, for_private, is_aside, told
from handlers.message import Button, Buttons, Card, Reply, Text, line
from store.model import LANGUAGES, Language
from tests.asks import an_ask, buttons, plain

SECRET = Reply((Text(line("비밀")),), "ko", whisper=True)


@pytest.mark.parametrize(
    ("reply", "private", "aside"),
    [
        (SECRET, False, True),
        (SECRET, True, False),
        (Reply(SECRET.blocks, "ko"), False, False),
        (Reply(SECRET.blocks, "ko", whisper=True, tags={"refused": "answer.managers_only"}), False, False),
        (Reply(SECRET.blocks, "ko", whisper=True, tags={"failed": "abc"}), False, False),
    ],
)
def test_a_whisper_in_a_group_is_an_aside_unless_it_refuses(reply: Reply, private: bool, aside: bool) -> None:
    assert is_aside(reply, an_ask("/preview", private=private)) is aside


@pytest.mark.parametrize(("user", "told_so"), [("7", True), ("", False), ("-1001", False)])
def test_a_channel_and_a_group_in_its_own_name_have_no_chat_of_their_own(user: str, told_so: bool) -> None:
    assert can_be_told(an_ask("/preview", user=user)) is told_so


def test_buttons_that_would_change_the_wrong_chat_are_left_out() -> None:
    kept = (Button("메이투안", "/company id:meituan"), Button("원문", url="https://a.example/"))
    card = Card(line("제목"), (), (Button("팔로우", "/follow id:meituan"), kept[0]))
    reply = Reply(
        (card, Buttons((*kept, Button("설정", "/settings"), Button("구독", "/subscribe")))),
        "ko",
        replace=True,
    )

    private = for_private(reply)

    assert private.blocks == (Card(line("제목"), (), (kept[0],)), Buttons(kept))
    assert not private.replace


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_group_is_told_in_one_line_and_how_to_open_the_chat(language: Language) -> None:
    assert len(plain(told("telegram.aside_sent", language)).splitlines()) == 1
    refused = told("telegram.aside_refused", language, username="JianbaoBot")
    assert len(buttons(refused)) == 1
    (block,) = [block for block in refused.blocks if isinstance(block, Buttons)]
    assert block.buttons[0].url == "https://t.me/JianbaoBot"
