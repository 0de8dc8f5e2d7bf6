"""A part in the forms that are sent: what is the same in every chat is made once, the rest every time."""

from __future__ import annotations

import orjson

from bot.telegram_form import call_of, keyboard, text_of
from bot.telegram_render import Part
from handlers.message import Button
from store.model import Chat

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


def test_a_call_says_what_is_the_same_everywhere_and_what_is_this_chats() -> None:
    part = Part("<b>글</b>", "글", ((SHORT, SIGNED), (LONG, LINK)), reply_to=7)
    for chat, moment in ((Chat("telegram", "7", "-1", "5"), "1"), (Chat("telegram", "7", "2"), "2")):
        ways = {SIGNED.label: f"지우기~{moment}", LONG.label: f"다음~{moment}"}
        body = call_of(chat, part, lambda button, ways=ways: ways[button.label], silent=True, paid=True)  # type: ignore[misc]
        assert orjson.loads(body) == {
            "chat_id": int(chat.id),
            "text": "<b>글</b>",
            "parse_mode": "HTML",
            "link_preview_options": {"is_disabled": True},
            "reply_parameters": {"message_id": 7, "allow_sending_without_reply": True},
            **({"message_thread_id": 5} if chat.thread else {}),
            "disable_notification": True,
            "allow_paid_broadcast": True,
            "reply_markup": {
                "inline_keyboard": [
                    [
                        {"text": "회사", "callback_data": "/company a"},
                        {"text": "지우기", "callback_data": f"지우기~{moment}"},
                    ],
                    [
                        {"text": "다음", "callback_data": f"다음~{moment}"},
                        {"text": "열기", "url": "https://news.example/"},
                    ],
                ]
            },
        }


def test_a_call_with_plain_buttons_a_question_or_nothing() -> None:
    chat = Chat("telegram", "7", "2")

    def said(part: Part) -> object:
        body = call_of(chat, part, lambda _: "never asked for", silent=False, paid=False)
        return orjson.loads(body).get("reply_markup")

    assert said(Part("글", "글", ((SHORT,),))) == {
        "inline_keyboard": [[{"text": "회사", "callback_data": "/company a"}]]
    }
    assert said(Part("", "글", asks="회사 이름")) == {
        "force_reply": True,
        "selective": True,
        "input_field_placeholder": "회사 이름",
    }
    assert said(Part("", "글")) is None
