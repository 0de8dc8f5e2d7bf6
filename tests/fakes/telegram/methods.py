"""The methods that the bot calls, over a World."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from tests.fakes.telegram.facts import Refused, bad
from tests.fakes.telegram.flood import Flood
from tests.fakes.telegram.markup import Entity, ParseError, parse, units
from tests.fakes.telegram.world import BOT, Json, Message, Room, World, member

Entities = tuple[Entity, ...]

TEXT, CAPTION, ENTITIES, BUTTONS, ROW, SOURCE = 4096, 1024, 100, 100, 8, 1 << 15


class Methods:
    def __init__(self, world: World, flood: Flood) -> None:
        self.world = world
        self.flood = flood
        self.accepted = 0
        self.too_many_entities = 0
        self.table: dict[str, Callable[[Json], Any]] = {
            "getMe": lambda _: BOT,
            "deleteWebhook": self.delete_webhook,
            "setWebhook": self.set_webhook,
            "sendMessage": self.send_message,
            "sendDocument": self.send_document,
            "sendPhoto": self.send_photo,
            "editMessageText": self.edit_text,
            "editMessageReplyMarkup": self.edit_keyboard,
            "answerCallbackQuery": self.answer_query,
            "setMyCommands": self.set_commands,
            "getMyCommands": lambda call: self.world.menus.get(_menu(call), []),
            "deleteMyCommands": lambda call: [self.world.menus.pop(_menu(call), None)] != [],
            "getChat": lambda call: {**self.world.room(call["chat_id"]).json(), **_CHAT},
            "getChatMember": self.chat_member,
            "getFile": self.file,
            "sendChatAction": lambda call: bool(self.world.room(call["chat_id"])),
        }

    def set_webhook(self, call: Json) -> bool:
        """Where to deliver. Plain http only because the fake is a Bot API server of one's own."""
        secret = call.get("secret_token", "")
        if not call["url"]:
            return self.delete_webhook(call)
        if not call["url"].startswith(("https://", "http://127.0.0.1:")):
            raise bad("bad webhook: An HTTPS URL must be provided for webhook")
        if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", secret):
            raise bad("secret token contains unallowed characters")
        if call.get("drop_pending_updates"):
            self.world.updates.clear()
        self.world.webhook = call
        self.world.notify()
        return True

    def delete_webhook(self, call: Json) -> bool:
        if call.get("drop_pending_updates"):
            self.world.updates.clear()
        self.world.webhook = None
        return True

    def send_message(self, call: Json) -> Json:
        text, entities = self._text(call, "text", TEXT)
        if not text.strip():
            raise bad("message text is empty")
        return self._keep(call, text, entities, call["text"], None)

    def send_document(self, call: Json) -> Json:
        text, entities = self._text(call, "caption", CAPTION)
        document = call["document"]
        if not isinstance(document, tuple):
            raise bad("wrong remote file identifier specified")
        if self.world.room(call["chat_id"]).no_files:
            raise bad("not enough rights to send documents to the chat")
        return self._keep(call, text, entities, call.get("caption", ""), document)

    def send_photo(self, call: Json) -> Json:
        text, entities = self._text(call, "caption", CAPTION)
        photo = call["photo"]
        if not isinstance(photo, tuple):
            raise bad("wrong remote file identifier specified")
        if self.world.room(call["chat_id"]).no_files:
            raise bad("not enough rights to send photos to the chat")
        _picture(photo[1])
        return self._keep(call, text, entities, call.get("caption", ""), None, photo)

    def _keep(
        self,
        call: Json,
        text: str,
        entities: Entities,
        source: str,
        document: tuple[str, bytes] | None,
        photo: tuple[str, bytes] | None = None,
    ) -> Json:
        """Accept a message: the one place where it comes to exist."""
        room = self.world.room(call["chat_id"])
        thread = self._thread(room, call.get("message_thread_id"))
        keyboard = _keyboard(call.get("reply_markup"))
        self.flood.admit(room.id, paid=call.get("allow_paid_broadcast", False))
        message = Message(
            self.world.next_id(),
            room.id,
            text.strip(),
            source,
            entities,
            thread,
            keyboard,
            call.get("link_preview_options", {}),
            call.get("disable_notification", False),
            document,
            photo,
        )
        self.world.messages.append(message)
        self.accepted += 1
        return self.world.json(message)

    def edit_text(self, call: Json) -> Json:
        text, entities = self._text(call, "text", TEXT)
        if not text.strip():
            raise bad("message text is empty")
        message = self._mine(call)
        if message.photo or message.document:
            raise bad("there is no text in the message to edit")
        keyboard = _keyboard(call.get("reply_markup"))
        before = (message.text, message.entities, _shape(message.keyboard))
        if before == (text.strip(), entities, _shape(keyboard)):
            raise bad(
                "message is not modified: specified new message content and reply markup are exactly "
                "the same as a current content and reply markup of the message"
            )
        message.text, message.entities, message.keyboard = text.strip(), entities, keyboard
        message.source, message.edits = call["text"], message.edits + 1
        message.preview = call.get("link_preview_options", {})
        return self.world.json(message)

    def edit_keyboard(self, call: Json) -> Json:
        message = self._mine(call)
        keyboard = _keyboard(call.get("reply_markup"))
        if _shape(keyboard) == _shape(message.keyboard):
            raise bad("message is not modified")
        message.keyboard, message.edits = keyboard, message.edits + 1
        return self.world.json(message)

    def _mine(self, call: Json) -> Message:
        room = self.world.room(call.get("chat_id"))
        found = [m for m in self.world.sent(room) if m.id == call.get("message_id")]
        if not found:
            raise bad("message to edit not found")
        return found[0]

    def _text(self, call: Json, name: str, limit: int) -> tuple[str, Entities]:
        """Text and entities within the limits; more than 100 entities are dropped, as there."""
        source = call.get(name, "")
        if any(0xD800 <= ord(char) < 0xE000 for char in source) or "\0" in source:
            raise bad("strings must be encoded in UTF-8")
        if len(source.encode()) > SOURCE:
            raise bad("text is too long")
        if call.get("parse_mode") not in {None, "HTML"}:
            raise bad("unsupported parse_mode")
        text: str = source
        entities: Entities = ()
        if call.get("parse_mode"):
            try:
                text, entities = parse(source)
            except ParseError as error:
                raise bad(f"can't parse entities: {error}") from error
        if units(text) > limit:
            raise bad("message is too long" if name == "text" else "message caption is too long")
        if len(entities) > ENTITIES:
            self.too_many_entities += 1
        return text, entities[:ENTITIES]

    def _thread(self, room: Room, thread: int | None) -> int | None:
        if thread is not None and (not room.forum or thread not in room.topics):
            raise bad("message thread not found")
        return thread

    def answer_query(self, call: Json) -> bool:
        if call["callback_query_id"] not in self.world.queries:
            raise bad("query is too old and response timeout expired or query ID is invalid")
        self.world.queries.discard(call["callback_query_id"])
        if len(call.get("text", "")) > 200:
            raise bad("MESSAGE_TOO_LONG")
        self.world.answered.append(call)
        return True

    def set_commands(self, call: Json) -> bool:
        if len(call["commands"]) > 100:
            raise bad("BOT_COMMANDS_TOO_MUCH")
        for command in call["commands"]:
            if not re.fullmatch(r"[a-z0-9_]{1,32}", command["command"]):
                raise bad("BOT_COMMAND_INVALID")
            if not 1 <= len(command["description"]) <= 256:
                raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
        key = _menu(call)
        if key[0] == "chat":
            self.world.room(key[1])
        self.world.menus[key] = call["commands"]
        return True

    def chat_member(self, call: Json) -> Json:
        room = self.world.room(call["chat_id"])
        user = call["user_id"]
        if user not in room.members:
            raise bad("PARTICIPANT_ID_INVALID")
        person = {"id": user, "is_bot": False, "first_name": "Somebody"}
        return {"user": person, **member(room.members[user])}

    def file(self, call: Json) -> Json:
        number = call["file_id"]
        if number not in self.world.files:
            raise bad("invalid file_id")
        size = len(self.world.files[number])
        if size > 20 << 20:
            raise bad("file is too big")
        path = {"file_path": f"documents/{number}", "file_size": size}
        return {"file_id": number, "file_unique_id": number, **path}


_CHAT = {"accent_color_id": 0, "max_reaction_count": 0, "accepted_gift_types": {}}


def _picture(data: bytes) -> None:
    """Refused unless it is a PNG of at most 10 MB whose sides are together at most 10,000 points
    and differ at most twentyfold: what the platform takes as a photo.
    """
    if not data.startswith(b"\x89PNG\r\n\x1a\n") or data[12:16] != b"IHDR":
        raise bad("IMAGE_PROCESS_FAILED")
    wide, high = (int.from_bytes(data[at : at + 4]) for at in (16, 20))
    if len(data) > 10 << 20 or wide + high > 10_000 or max(wide, high) > 20 * min(wide, high):
        raise bad("PHOTO_INVALID_DIMENSIONS")


def _menu(call: Json) -> tuple[str, int, str]:
    scope = call.get("scope", {"type": "default"})
    language = call.get("language_code", "")
    if language and not re.fullmatch("[a-z]{2}", language):
        raise bad("LANG_CODE_INVALID")
    return scope["type"], scope.get("chat_id", 0), language


def _keyboard(markup: Json | None) -> list[list[Json]]:
    """The rows of a keyboard, checked; rows without buttons are dropped."""
    rows = [row for row in (markup or {}).get("inline_keyboard", ()) if row]
    if sum(map(len, rows)) > BUTTONS or any(len(row) > ROW for row in rows):
        raise bad("REPLY_MARKUP_TOO_LONG")
    for row in rows:
        for button in row:
            _button(button)
    return rows


def _button(button: Json) -> None:
    if not button["text"].strip():
        raise bad("inline keyboard button text must be non-empty")
    kinds = {"callback_data", "url"} & set(button)
    if len(kinds) != 1:
        raise bad("can't parse inline keyboard button: text buttons are unallowed in the inline keyboard")
    if "callback_data" in button and not 1 <= len(button["callback_data"].encode()) <= 64:
        raise bad("BUTTON_DATA_INVALID")
    if "url" in button and not _wellformed(button["url"]):
        raise bad(f"inline keyboard button URL '{button['url']}' is invalid: Wrong HTTP URL")


def _wellformed(url: str) -> bool:
    try:
        split = urlsplit(url)
        _ = split.port
    except ValueError:
        return False
    host = split.hostname or ""
    return (
        split.scheme in {"http", "https", "tg"}
        and "." in host.strip(".")
        and re.fullmatch(r"[a-z0-9.-]+|[0-9a-f:]+", host) is not None
        and not re.search(r"[\s<>\"\\^`{|}]", url)
    )


def _shape(keyboard: list[list[Json]]) -> list[list[tuple[str, str]]]:
    return [[(b["text"], b.get("callback_data") or b.get("url", "")) for b in row] for row in keyboard]


__all__ = ["Methods", "Refused"]
