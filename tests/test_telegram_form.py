"""A part as the library takes it: what is the same in every chat is made once, the rest every time."""

from __future__ import annotations

from bot.telegram_form import keyboard, text_of
from bot.telegram_render import Part
from handlers.message import Button

SIGNED = Button("지우기", "/forget yes", signed=True)
LONG = Button("다음", "/search " + "가" * 60)
LINK = Button("열기", url="https://news.example/")
SHORT = Button("회사", "/company a")


def test_buttons_that_are_the_same_in_every_chat_are_one_keyboard() -> None:
    part = Part("<b>글</b>", "글", ((SHORT,), (LINK,)))
    made = keyboard(part, lambda _: "never asked for")
    assert made is not None
    assert made is keyboard(part, lambda _: "")
    assert [[(b.callback_data, b.url) for b in row] for row in made.inline_keyboard] == [
        [("/company a", None)],
        [(None, "https://news.example/")],
    ]
    assert keyboard(Part("글", "글"), lambda _: "") is None


def test_what_is_signed_or_long_is_made_every_time() -> None:
    part = Part("글", "글", ((SHORT, SIGNED), (LONG,)))
    for moment in ("1", "2"):
        made = keyboard(part, lambda button, moment=moment: f"{button.label}~{moment}")  # type: ignore[misc]
        assert made is not None
        assert [[b.callback_data for b in row] for row in made.inline_keyboard] == [
            ["/company a", f"지우기~{moment}"],
            [f"다음~{moment}"],
        ]


def test_text_is_html_or_plain_and_previews_only_what_is_to_be_seen() -> None:
    rich = text_of(Part("<b>글</b>", "글", preview="https://news.example/a.png", large=True))
    assert (rich["text"], rich["parse_mode"]) == ("<b>글</b>", "HTML")
    assert rich["link_preview_options"].url == "https://news.example/a.png"
    bare = text_of(Part("", "글"))
    assert (bare["text"], bare["parse_mode"]) == ("글", None)
    assert bare["link_preview_options"].is_disabled
