"""Sending to Telegram: one HTTP attempt, and what became of it.

There is no idempotency key and no way to look a message up, so the one question that matters is
whether a request can have reached the platform whole. The transport answers it: a request whose
body was not written to its end, and which was not answered, was not accepted.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from telegram import (
    ForceReply,
    InputFile,
    Message,
    ReplyParameters,
)
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    EndPointNotFound,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from bot.telegram_form import Payload, call_of, keyboard, text_of
from bot.telegram_render import Part, is_picture
from bot.telegram_transport import Progress, post_json, watching
from handlers.door import Outcome
from store.model import Chat

if TYPE_CHECKING:
    from telegram import Bot

# The library warns at every RetryAfter until its seconds are a timedelta, as they will be.
os.environ.setdefault("PTB_TIMEDELTA", "true")

PAUSE = 5.0  # seconds, for a "too many requests" that does not say how long

_DETAIL = 200
NO_METHOD = "the server does not know the method"

_GONE: Mapping[str, str] = {
    "bot was blocked by the user": "blocked",
    "user is deactivated": "deleted",
    "bot was kicked": "kicked",
    "bot is not a member": "kicked",
    "can't initiate conversation": "gone",
    "chat not found": "deleted",
    "peer_id_invalid": "deleted",
    "group chat was deactivated": "deleted",
    "upgraded to a supergroup": "gone",
    "message thread not found": "topic_closed",
    "topic_deleted": "topic_closed",
    "topic_closed": "topic_closed",
    "not enough rights": "no_rights",
    "have no rights": "no_rights",
    "need administrator rights": "no_rights",
    "chat_write_forbidden": "no_rights",
    "chat_restricted": "no_rights",
}
"""Words after which this chat will not take messages until a person does something. A topic
that is gone ends its own subscription: posting to the general topic instead would surprise a
group that sorted its topics, and double what other topics get.
"""
_FORMATTING = ("can't parse entities",)
_KEYBOARD = ("button_", "inline keyboard", "reply_markup")
_PICTURE = ("photo_", "image_process_failed", "wrong type of the web page content")
_NO_FILES = (
    "not enough rights to send photos",
    "not enough rights to send documents",
    "chat_send_photos_forbidden",
    "chat_send_docs_forbidden",
)
_NOT_TO_EDIT = ("message to edit not found", "can't be edited", "there is no text in the message to edit")
_TOO_LONG = ("message is too long", "caption is too long", "text is too long", "entity too large")


def judge(error: Exception, progress: Progress, *, chat_scope: bool = True) -> Outcome:
    """What a failed send means. Pure.

    The platform does not say whether a "too many requests" is for the chat or for the bot;
    `chat_scope` is the door's own finding.
    """
    words = str(error)
    detail = words[:_DETAIL]
    match error:
        case RetryAfter():
            seconds = _seconds(error)
            return _wait(seconds, detail, chat_scope=chat_scope)
        case ChatMigrated():
            return Outcome("moved", new_id=str(error.new_chat_id), detail=detail)
        case InvalidToken():
            return Outcome("dead", reason="reason.dead", detail="the token was refused")
        case EndPointNotFound():
            return Outcome("refused", reason="reason.refused", detail=NO_METHOD)
        case Conflict():
            return Outcome("not_sent", reason="reason.refused", detail=detail)
        case Forbidden():
            return Outcome("gone", reason=f"reason.{_gone(words) or 'gone'}", detail=detail)
        case BadRequest():
            return _bad_request(words, detail)
        case NetworkError():
            return _network(words, detail, progress, chat_scope=chat_scope)
        case _ if not progress.written:
            kind: Literal["refused", "not_sent"] = "refused" if isinstance(error, ValueError) else "not_sent"
            return Outcome(kind, reason="reason.error", detail=f"{type(error).__name__}: {detail}")
        case _:
            # An answer that is no JSON, or JSON that says nothing: the request was taken.
            return Outcome("unknown", reason="reason.unanswered", detail=f"{type(error).__name__}: {detail}")


def _bad_request(words: str, detail: str) -> Outcome:
    if _says(words, _NO_FILES):  # this chat takes messages, but no files
        return Outcome("refused", reason="reason.refused", detail=detail)
    gone = _gone(words)
    if gone:
        return Outcome("gone", reason=f"reason.{gone}", detail=detail)
    name = "too_long" if _says(words, _TOO_LONG) else "refused"
    return Outcome("refused", reason=f"reason.{name}", detail=detail)


def _network(words: str, detail: str, progress: Progress, *, chat_scope: bool) -> Outcome:
    if words.lower().startswith("too many requests"):
        found = re.search(r"retry after (\d+)", words)
        return _wait(float(found[1]) if found else PAUSE, detail, chat_scope=chat_scope)
    if _says(words, _TOO_LONG):
        return Outcome("refused", reason="reason.too_long", detail=detail)
    if not progress.written and not progress.answered:
        return Outcome("not_sent", reason="reason.unreachable", detail=detail)
    return Outcome("unknown", reason="reason.unanswered", detail=detail)


def _seconds(error: RetryAfter) -> float:
    after: Any = error.retry_after
    return float(after.total_seconds()) if hasattr(after, "total_seconds") else float(after)


def _wait(seconds: float, detail: str, *, chat_scope: bool) -> Outcome:
    scope: Literal["chat", "door"] = "chat" if chat_scope else "door"
    return Outcome("wait", seconds=seconds, scope=scope, reason="reason.waiting", detail=detail)


def _gone(words: str) -> str:
    words = words.lower()
    return next((name for text, name in _GONE.items() if text in words), "")


def _says(words: str, known: tuple[str, ...]) -> bool:
    return any(text in words.lower() for text in known)


async def send(
    bot: Bot,
    chat: Chat,
    part: Part,
    payload: Payload,
    *,
    silent: bool,
    chat_scope: bool,
    paid: bool = False,
    went: Callable[[], None] | None = None,
    no_rich: Callable[[Outcome], None] = lambda _: None,
) -> Outcome:
    """Send one part; `paid` allows a paid broadcast. It is sent again only when it was refused for its
    form: in the usual layout, without formatting, without its buttons, a picture as a document, or
    without its file. `no_rich` is told why the richer layout was not taken.
    """
    while True:
        progress = Progress(went=went)
        outcome = await _attempt(
            bot, chat, part, payload, progress, silent=silent, chat_scope=chat_scope, paid=paid
        )
        simpler = plainer(part, outcome)
        if simpler is None:
            return outcome
        if part.rich and not simpler.rich:
            no_rich(outcome)
        part = simpler


def plainer(part: Part, outcome: Outcome) -> Part | None:
    """What to try after a refusal for the form; None when nothing simpler would help."""
    if part.file and (part.html or part.plain) and _says(outcome.detail, _NO_FILES):
        return replace(part, file=None)
    if outcome.kind != "refused":
        return None
    if part.rich:
        return replace(part, rich="")
    if part.file and is_picture(part.file) and _says(outcome.detail, _PICTURE):
        return replace(part, file=replace(part.file, content_type="application/octet-stream"))
    if part.html and _says(outcome.detail, _FORMATTING):
        return replace(part, html="")
    if part.rows and _says(outcome.detail, _KEYBOARD):
        return replace(part, rows=())
    return None


async def _attempt(
    bot: Bot,
    chat: Chat,
    part: Part,
    payload: Payload,
    progress: Progress,
    *,
    silent: bool,
    chat_scope: bool,
    paid: bool,
) -> Outcome:
    try:
        with watching(progress):
            message_id = await _post(bot, chat, part, payload, silent=silent, paid=paid)
    except asyncio.CancelledError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever an odd answer makes of the library
        return judge(error, progress, chat_scope=chat_scope)
    return Outcome("sent", message_id=message_id)


async def _post(bot: Bot, chat: Chat, part: Part, payload: Payload, *, silent: bool, paid: bool) -> str:
    if part.file is None and not part.rich:
        return await _post_text(bot, chat, part, payload, silent=silent, paid=paid)
    where: dict[str, Any] = {
        "chat_id": int(chat.id),
        "message_thread_id": int(chat.thread) if chat.thread else None,
        "disable_notification": silent or None,
        "allow_paid_broadcast": paid or None,
        "reply_markup": ForceReply(selective=True, input_field_placeholder=part.asks)
        if part.asks
        else keyboard(part, payload),
        "reply_parameters": ReplyParameters(part.reply_to, allow_sending_without_reply=True)
        if part.reply_to
        else None,
    }
    if part.rich:
        message = await _rich(bot, "sendRichMessage", part, where)
    else:
        assert part.file is not None
        file = InputFile(part.file.data, filename=part.file.name)
        caption, mode = (part.html, "HTML") if part.html else (part.plain, None)
        captioned: dict[str, Any] = {**where, "caption": caption or None, "parse_mode": mode}
        if is_picture(part.file):
            message = await bot.send_photo(**captioned, photo=file)
        else:
            message = await bot.send_document(**captioned, document=file)
    return str(message.message_id)


async def _post_text(bot: Bot, chat: Chat, part: Part, payload: Payload, *, silent: bool, paid: bool) -> str:
    """sendMessage past the library's objects, which cost three times the request itself: of the answer
    the number is read and nothing else. Transport and judgement of the answer are the library's.
    """
    call = call_of(chat, part, payload, silent=silent, paid=paid)
    message = await post_json(bot.request, f"{bot.base_url}/sendMessage", call)
    number = message["message_id"]
    if type(number) is not int:
        raise TypeError("a message without a number")
    return str(number)


async def _rich(bot: Bot, method: str, part: Part, where: dict[str, Any]) -> Message:
    """A call that the library does not know yet, by a spelling that it takes for none of its own: the
    API does not mind case. What it makes of 401 and of 404 is the same error.
    """
    given = {name: value for name, value in where.items() if value is not None}
    made: Message = await bot.do_api_request(
        method, api_kwargs={**given, "rich_message": {"html": part.rich}}, return_type=Message
    )
    return made


async def edit(bot: Bot, chat: Chat, message_id: int, part: Part, payload: Payload) -> bool:
    """Change a message; False when it cannot be changed any more (send another then).

    Raises TelegramError for anything else. Editing twice does no harm.
    """
    try:
        where: dict[str, Any] = {
            "chat_id": int(chat.id),
            "message_id": message_id,
            "reply_markup": keyboard(part, payload),
        }
        if part.rich:
            await _rich(bot, "editmessagetext", part, where)
        else:
            await bot.edit_message_text(**where, **text_of(part))
    except EndPointNotFound:
        if not part.rich:
            raise
        return await edit(bot, chat, message_id, replace(part, rich=""), payload)
    except BadRequest as error:
        words = str(error).lower()
        if "not modified" in words:
            return True
        if _says(words, _NOT_TO_EDIT):
            return False
        if part.rich:
            return await edit(bot, chat, message_id, replace(part, rich=""), payload)
        raise
    return True


async def edited(
    bot: Bot, chat: Chat, message_id: int, part: Part, payload: Payload, *, chat_scope: bool
) -> Outcome:
    """Change a message; in a simpler form where the first was refused for its form. A message that
    reads so already is "sent".
    """
    outcome = await _edit_once(bot, chat, message_id, part, payload, chat_scope=chat_scope)
    simpler = plainer(part, outcome)
    if simpler is None:
        return outcome
    return await _edit_once(bot, chat, message_id, simpler, payload, chat_scope=chat_scope)


async def _edit_once(
    bot: Bot, chat: Chat, message_id: int, part: Part, payload: Payload, *, chat_scope: bool
) -> Outcome:
    progress = Progress()
    try:
        with watching(progress):
            changed = await edit(bot, chat, message_id, part, payload)
    except asyncio.CancelledError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever an odd answer makes of the library
        return judge(error, progress, chat_scope=chat_scope)
    if changed:
        return Outcome("sent", message_id=str(message_id))
    return Outcome("refused", reason="reason.not_editable", detail="the message cannot be edited any more")


__all__ = ["TelegramError", "edit", "edited", "judge", "plainer", "send"]
