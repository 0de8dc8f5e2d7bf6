"""From a Telegram update to what happened, in our words. Pure: decides nothing, asks nobody."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from telegram import CallbackQuery, ChatMember, ChatMemberUpdated, Message, Update

from handlers.commands import named
from handlers.message import Ask
from store.model import Chat

KINDS = ("message", "channel_post", "callback_query", "my_chat_member", "inline_query")
"""The updates that we ask for. Inline queries come only where @BotFather was told /setinline. Edited
messages are not among them: a changed command is not a new one.
"""

_COMMAND = re.compile(r"(?P<slash>[/／][^\s@/／]+)@(?P<bot>[A-Za-z0-9_]+)(?P<rest>.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Me:
    """Who the bot is (`username` without @) and who runs it ("telegram:1")."""

    tenant: str
    username: str
    admins: frozenset[str]

    def chat(self, number: int, thread: int | None = None) -> Chat:
        return Chat("telegram", self.tenant, str(number), str(thread) if thread else "")

    def runs(self, user: str) -> bool:
        return bool(user) and f"telegram:{user}" in self.admins


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came along. `size` None = the platform does not say."""

    id: str
    name: str
    size: int | None
    content_type: str


@dataclass(frozen=True, slots=True)
class Heard:
    """Somebody asked. `manages` None = the platform must be asked; `pressed_id` = the message
    whose button was pressed; `file` is to be fetched and handed over with the Ask. `message_id` is what
    was written; `replies_to` the message of ours that it replies to, in the person's own `words`.
    """

    ask: Ask
    manages: bool | None
    pressed_id: int | None = None
    file: Upload | None = None
    message_id: int = 0
    replies_to: int = 0
    words: str = ""


@dataclass(frozen=True, slots=True)
class Arrived:
    """The bot may write here (again); `new` = it was not a member before. `group` is false for
    a private chat and for a channel, where it does not introduce itself. `title` is the chat's; `by`
    who let it in there, "" for a private chat and where that is nobody in person.
    """

    chat: Chat
    language: str
    new: bool
    group: bool
    title: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """The bot may not write here any more; `reason` is a words key."""

    chat: Chat
    reason: str


@dataclass(frozen=True, slots=True)
class Moved:
    """A chat has another id now."""

    old: Chat
    new_id: str


Event = Heard | Arrived | Refused | Moved


def key_of(raw: Mapping[str, Any], tenant: str) -> str:
    """What names an update once and for all: a press may come twice under two update ids."""
    query = raw.get("callback_query")
    if isinstance(query, dict) and query.get("id"):
        return f"telegram:{tenant}:press:{query['id']}"
    return f"telegram:{tenant}:{raw['update_id']}"


def event_of(update: Update, me: Me, now: datetime) -> Event | None:
    """What happened; None when it is none of our business."""
    if update.callback_query:
        return _pressed(update.callback_query, me, now)
    if update.my_chat_member:
        return _membership(update.my_chat_member, me)
    message = update.message or update.channel_post
    if message is None:
        return None
    return _moved(message, me) or _said(message, me, now)


def chat_id_of(update: Update) -> int:
    """Updates of one chat are handled in order; 0 where there is no chat."""
    return update.effective_chat.id if update.effective_chat else 0


def _moved(message: Message, me: Me) -> Moved | None:
    if message.migrate_to_chat_id:
        return Moved(me.chat(message.chat.id), str(message.migrate_to_chat_id))
    if message.migrate_from_chat_id:
        return Moved(me.chat(message.migrate_from_chat_id), str(message.chat.id))
    return None


def _said(message: Message, me: Me, now: datetime) -> Heard | None:
    sender, by_chat = message.from_user, message.sender_chat
    if message.is_automatic_forward or message.via_bot:
        return None
    if sender is not None and sender.is_bot and by_chat is None:
        return None
    private = message.chat.type == "private"
    said = (message.text or message.caption or "").encode("utf-8", "replace").decode().strip()
    to_us = _answers_us(message, me)
    text = _addressed(said, message, me, to_us=to_us)
    user = str(by_chat.id) if by_chat else str(sender.id) if sender else ""
    user = "" if message.chat.type == "channel" else user
    admin = by_chat is None and me.runs(user)
    file = None
    if private and message.document is not None:
        text = text or "/import"
        file = _upload(message) if admin and _takes_files(text) else None
    if not text:
        return None
    ask = Ask(
        text=text,
        chat=me.chat(message.chat.id, message.message_thread_id if message.is_topic_message else None),
        now=now,
        user=user,
        client_language=(sender.language_code or "") if sender and by_chat is None else "",
        private=private,
        admin=admin,
        addressed=private or to_us or not _bare_command(said),
        rich=True,
    )
    words = said if message.text else ""
    answers = to_us and not words.startswith(("/", "／"))
    return Heard(
        ask,
        _manages(message),
        file=file,
        message_id=message.message_id,
        replies_to=message.reply_to_message.message_id if answers else 0,  # type: ignore[union-attr]
        words=words,
    )


def _manages(message: Message) -> bool | None:
    """What the message itself tells: a private chat and a channel's own post are in charge; so
    is whoever writes in the group's own name, which only anonymous administrators can.
    """
    if message.chat.type in {"private", "channel"}:
        return True
    if message.sender_chat is not None:
        return message.sender_chat.id == message.chat.id
    return None


def _addressed(text: str, message: Message, me: Me, *, to_us: bool) -> str:
    """The text as a command; "" when it is not for us. Where others talk, "@bot words" is
    "/words", as is a reply to the bot.
    """
    command = _COMMAND.fullmatch(text)
    if command:
        ours = command["bot"].lower() == me.username.lower()
        return f"{command['slash']}{command['rest']}" if ours else ""
    if message.chat.type == "private" or text.startswith(("/", "／")):
        return text
    if message.chat.type == "channel":
        return ""
    mention = re.compile(rf"(?<!\w)@{re.escape(me.username)}(?!\w)", re.IGNORECASE | re.ASCII)
    if me.username and mention.search(text):
        words = " ".join(mention.sub(" ", text).split())
    elif to_us:
        words = text
    else:
        return ""
    return words if words.startswith("/") else f"/{words}" if words else "/help"


def _bare_command(text: str) -> bool:
    """A command without a bot's name: in a group with several bots each of them sees it."""
    return text.startswith(("/", "／")) and _COMMAND.fullmatch(text) is None


def _answers_us(message: Message, me: Me) -> bool:
    """A reply to the bot. In a topic everything formally replies to the topic's first message."""
    to = message.reply_to_message
    if to is None or to.forum_topic_created or to.from_user is None:
        return False
    return str(to.from_user.id) == me.tenant


def _takes_files(text: str) -> bool:
    """Whether a file may be meant by it: no command at all, or one for those who run the bot."""
    word = text.split(maxsplit=1)[0]
    command = named(word[1:])
    return not word.startswith("/") or (command is not None and command.needs == "admin")


def _upload(message: Message) -> Upload:
    document = message.document
    assert document is not None
    return Upload(
        document.file_id, document.file_name or "file", document.file_size, document.mime_type or ""
    )


def _pressed(query: CallbackQuery, me: Me, now: datetime) -> Heard | None:
    message = query.message
    if message is None or not query.data:
        return None
    private = message.chat.type == "private"
    thread = None
    if isinstance(message, Message) and message.is_topic_message:
        thread = message.message_thread_id
    user = str(query.from_user.id)
    ask = Ask(
        text=query.data,
        chat=me.chat(message.chat.id, thread),
        now=now,
        user=user,
        client_language=query.from_user.language_code or "",
        private=private,
        admin=me.runs(user),
        pressed=True,
        rich=True,
    )
    # In a channel every reader can press, so only a private chat is in charge by itself.
    return Heard(ask, True if private else None, pressed_id=message.message_id)


def _membership(change: ChatMemberUpdated, me: Me) -> Event | None:
    chat = me.chat(change.chat.id)
    private = change.chat.type == "private"
    if not may_write(change.new_chat_member):
        left = change.new_chat_member.status in {ChatMember.LEFT, ChatMember.BANNED}
        return Refused(chat, f"reason.{'blocked' if private else 'kicked' if left else 'no_rights'}")
    return Arrived(
        chat,
        change.from_user.language_code or "",
        new=not may_write(change.old_chat_member),
        group=change.chat.type in {"group", "supergroup"},
        title=(change.chat.title or "").strip()[:64],
        by="" if private or change.from_user.is_bot else str(change.from_user.id),
    )


def may_write(member: ChatMember) -> bool:
    """Whether this status lets one write at all; a channel's right to post is another matter."""
    if member.status == ChatMember.RESTRICTED:
        return bool(getattr(member, "is_member", False) and getattr(member, "can_send_messages", False))
    return member.status not in {ChatMember.LEFT, ChatMember.BANNED}
