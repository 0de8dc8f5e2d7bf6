"""A part in the forms that Telegram and python-telegram-bot take: text, what to preview, buttons."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import orjson
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions

from bot.telegram_render import Part
from handlers.buttons import plain
from handlers.made_once import made_once
from handlers.message import Button
from store.model import Chat

Payload = Callable[[Button], str]


def call_of(chat: Chat, part: Part, payload: Payload, *, silent: bool, paid: bool) -> bytes:
    """The parameters of sendMessage, as JSON, for a part that is text alone."""
    same, rows = _same(part)
    call: dict[str, Any] = {"chat_id": int(chat.id), **same}
    if chat.thread:
        call["message_thread_id"] = int(chat.thread)
    if silent:
        call["disable_notification"] = True
    if paid:
        call["allow_paid_broadcast"] = True
    if rows:
        keys = [[pressed(one, payload) if isinstance(one, Button) else one for one in row] for row in rows]
        call["reply_markup"] = {"inline_keyboard": keys}
    return orjson.dumps(call)


@made_once
def _same(part: Part) -> tuple[Mapping[str, orjson.Fragment], list[list[orjson.Fragment | Button]]]:
    """What is the same in every chat, as JSON already; and the rows of buttons, where some are not."""
    call: dict[str, Any] = {"text": part.html or part.plain, "link_preview_options": preview_of(part)}
    if part.html:
        call["parse_mode"] = "HTML"
    if part.reply_to:
        call["reply_parameters"] = {"message_id": part.reply_to, "allow_sending_without_reply": True}
    rows: list[list[orjson.Fragment | Button]] = []
    if part.asks:
        asking = {"force_reply": True, "selective": True, "input_field_placeholder": part.asks}
        call["reply_markup"] = asking
    elif all(_everywhere(one) for row in part.rows for one in row):
        if part.rows:
            keys = [[pressed(one, _command) for one in row] for row in part.rows]
            call["reply_markup"] = {"inline_keyboard": keys}
    else:
        rows = [[_json(pressed(b, _command)) if _everywhere(b) else b for b in row] for row in part.rows]
    return {name: _json(value) for name, value in call.items()}, rows


def _json(value: object) -> orjson.Fragment:
    return orjson.Fragment(orjson.dumps(value))


def _everywhere(button: Button) -> bool:
    """Whether it is the same in every chat."""
    return bool(button.url) or plain(button)


@made_once
def text_of(part: Part) -> Mapping[str, Any]:
    """Text, formatting and what to preview."""
    text, mode = (part.html, "HTML") if part.html else (part.plain, None)
    return {"text": text, "parse_mode": mode, "link_preview_options": LinkPreviewOptions(**preview_of(part))}


def preview_of(part: Part) -> dict[str, Any]:
    """What to preview, as JSON: nothing, unless a picture is to be seen."""
    if not part.preview:
        return {"is_disabled": True}
    return {"url": part.preview, "prefer_large_media" if part.large else "prefer_small_media": True}


def keyboard(part: Part, payload: Payload) -> InlineKeyboardMarkup | None:
    """Buttons with their payloads; those that `payload` makes for this chat are made now: a signed one
    lives for a day from here.
    """
    if not part.rows:
        return None
    rows, whole = _buttons(part)
    return whole or InlineKeyboardMarkup([[_made(one, payload) for one in row] for row in rows])


@made_once
def _buttons(
    part: Part,
) -> tuple[list[list[InlineKeyboardButton | Button]], InlineKeyboardMarkup | None]:
    """The buttons, made already where they are the same in every chat; where all are, the keyboard."""
    rows = [[_made(one, _command) if _everywhere(one) else one for one in row] for row in part.rows]
    made = [[one for one in row if isinstance(one, InlineKeyboardButton)] for row in rows]
    return rows, InlineKeyboardMarkup(made) if made == rows else None


def _made(button: InlineKeyboardButton | Button, payload: Payload) -> InlineKeyboardButton:
    if isinstance(button, InlineKeyboardButton):
        return button
    return InlineKeyboardButton(**pressed(button, payload))


def pressed(button: Button, payload: Payload) -> dict[str, Any]:
    """A button as JSON: where it leads, or what is sent when it is pressed."""
    if button.url:
        return {"text": button.label, "url": button.url}
    return {"text": button.label, "callback_data": payload(button)}


def _command(button: Button) -> str:
    return button.command
