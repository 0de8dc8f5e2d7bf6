"""The methods that the bot calls, over a World."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from tests.fakes.telegram.facts import Refused, bad
from tests.fakes.telegram.flood import Flood
from tests.fakes.telegram.markup import RICH_TAGS, Entity, ParseError, parse, units
from tests.fakes.telegram.world import BOT, Json, Message, Room, World, member

Entities = tuple[Entity, ...]

TEXT, CAPTION, ENTITIES, BUTTONS, ROW, SOURCE, RICH = 4096, 1024, 100, 100, 8, 1 << 15, 32_768


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
            "getChat": lambda call: {**self.world.seen(call["chat_id"]).json(), **_CHAT},
            "getChatMember": self.chat_member,
            "getFile": self.file,
            "sendChatAction": self.chat_action,
            "answerInlineQuery": self.answer_inline,
            "sendRichMessage": self.send_rich,
            "setMyDescription": lambda call: self.describe("description", 512, call),
            "setMyShortDescription": lambda call: self.describe("short_description", 120, call),
            "getMyDescription": lambda call: self.described("description", call),
            "getMyShortDescription": lambda call: self.described("short_description", call),
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

    def send_rich(self, call: Json) -> Json:
        """Rich HTML is parsed like other HTML, with tags for blocks besides."""
        source = call["rich_message"].get("html", "")
        text = self._rich(source)
        return self._keep(call, text, (), source, None, rich=True)

    def _rich(self, source: str) -> str:
        try:
            text, _ = parse(source, RICH_TAGS)
        except ParseError as error:
            raise bad(f"can't parse entities: {error}") from error
        if not text.strip():
            raise bad("message text is empty")
        if len(text) > RICH:
            raise bad("message is too long")
        return text

    def describe(self, kind: str, limit: int, call: Json) -> bool:
        if len(call.get(kind, "")) > limit:
            raise bad("BOT_DESCRIPTION_TOO_LONG")
        self.world.about[kind, _language(call)] = call.get(kind, "")
        return True

    def described(self, kind: str, call: Json) -> Json:
        return {kind: self.world.about.get((kind, _language(call)), "")}

    def chat_action(self, call: Json) -> bool:
        room = self.world.room(call["chat_id"])
        if call["action"] != "typing":
            raise bad("wrong parameter action in request")
        self.world.typing.append((room.id, self._thread(room, call.get("message_thread_id"))))
        return True

    def answer_inline(self, call: Json) -> bool:
        number, results = call["inline_query_id"], call["results"]
        if number not in self.world.queries:
            raise bad("query is too old and response timeout expired or query ID is invalid")
        if len(results) > 50:
            raise bad("RESULTS_TOO_MUCH")
        ids = [result["id"] for result in results]
        if len(set(ids)) < len(ids) or not all(1 <= len(one.encode()) <= 64 for one in ids):
            raise bad("RESULT_ID_INVALID")
        if len(call.get("next_offset", "").encode()) > 64:
            raise bad("NEXT_OFFSET_INVALID")
        start = call.get("button", {}).get("start_parameter", "x")
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", start):
            raise bad("START_PARAM_INVALID")
        for result in results:
            self._result(result)
        self.world.queries.discard(number)
        self.world.inline[number] = call
        return True

    def _result(self, result: Json) -> None:
        if not result["title"].strip():
            raise bad("ARTICLE_TITLE_EMPTY")
        content = result["input_message_content"]
        text, _ = self._text({**content, "text": content["message_text"]}, "text", TEXT)
        if not text.strip():
            raise bad("message text is empty")
        _keyboard(result.get("reply_markup"))

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
        *,
        rich: bool = False,
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
            rich=rich,
            forced=_forced(call.get("reply_markup")),
            replies_to=call.get("reply_parameters", {}).get("message_id", 0),
        )
        self.world.messages.append(message)
        self.accepted += 1
        return self.world.json(message)

    def edit_text(self, call: Json) -> Json:
        rich = call.get("rich_message", {}).get("html", "")
        text, entities = (self._rich(rich), ()) if rich else self._text(call, "text", TEXT)
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
        message.source, message.edits = rich or call["text"], message.edits + 1
        message.rich = bool(rich)
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
        if user == BOT["id"]:
            rights = {"can_post_messages": room.posts} if room.bot == "administrator" else {}
            return {"user": BOT, **member(room.bot), **rights}
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


_GIFTS = "unlimited_gifts limited_gifts unique_gifts premium_subscription gifts_from_channels"
_CHAT = {
    "accent_color_id": 0,
    "max_reaction_count": 0,
    "accepted_gift_types": dict.fromkeys(_GIFTS.split(), False),
}


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
    return scope["type"], scope.get("chat_id", 0), _language(call)


def _language(call: Json) -> str:
    language: str = call.get("language_code", "")
    if language and not re.fullmatch("[a-z]{2}", language):
        raise bad("LANG_CODE_INVALID")
    return language


def _keyboard(markup: Json | None) -> list[list[Json]]:
    """The rows of a keyboard, checked; rows without buttons are dropped."""
    if markup and not {"inline_keyboard", "force_reply"} & set(markup):
        raise bad("REPLY_MARKUP_INVALID")  # a reply keyboard: ours never shows one
    rows = [row for row in (markup or {}).get("inline_keyboard", ()) if row]
    if sum(map(len, rows)) > BUTTONS or any(len(row) > ROW for row in rows):
        raise bad("REPLY_MARKUP_TOO_LONG")
    for row in rows:
        for button in row:
            _button(button)
    return rows


def _forced(markup: Json | None) -> Json:
    """The ForceReply of a call, checked; {} for another markup."""
    if not markup or "force_reply" not in markup:
        return {}
    if not markup["force_reply"] or len(markup.get("input_field_placeholder", "x")) not in range(1, 65):
        raise bad("REPLY_MARKUP_INVALID")
    return markup


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
