"""What the platform knows: people, rooms, messages, menus, and the updates it owes the bot.

Tests act as people do (`say`, `press`, `block`, `kick`, `migrate`) and look at what arrived.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from tests.fakes.telegram.facts import Refused, bad
from tests.fakes.telegram.markup import Entity, parse, units

Kind = Literal["private", "group", "supergroup", "channel"]
Json = dict[str, Any]

BOT: Json = {
    "id": 4242,
    "is_bot": True,
    "first_name": "Jianbao",
    "username": "JianbaoBot",
    "can_join_groups": True,
    "can_read_all_group_messages": True,
    "supports_inline_queries": True,
}
ANONYMOUS: Json = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}


@dataclass(frozen=True)
class Person:
    """Somebody with a client in a language; "" = the client does not say."""

    id: int
    language: str = "ko"
    name: str = "Ada"

    def json(self) -> Json:
        person = {"id": self.id, "is_bot": False, "first_name": self.name}
        return {**person, "language_code": self.language} if self.language else person


@dataclass
class Room:
    """A chat. `bot` is the bot's status in it; `members` are people's by id."""

    id: int
    kind: Kind
    title: str = ""
    forum: bool = False
    topics: set[int] = field(default_factory=set)
    members: dict[int, str] = field(default_factory=dict)
    bot: str = "member"
    migrated_to: int = 0
    muted: bool = False
    username: str = ""
    posts: bool = True  # a channel lets the bot, an administrator, post
    no_files: bool = False  # members may write, but send neither photos nor documents

    def json(self) -> Json:
        named = {"first_name": self.title} if self.kind == "private" else {"title": self.title}
        named |= {"username": self.username} if self.username else {}
        return {"id": self.id, "type": self.kind, **named, **({"is_forum": True} if self.forum else {})}


@dataclass
class Message:
    """A message that the bot sent. `text` without tags; `source` as it was given."""

    id: int
    chat: int
    text: str
    source: str = ""
    entities: tuple[Entity, ...] = ()
    thread: int | None = None
    keyboard: list[list[Json]] = field(default_factory=list)
    preview: Json = field(default_factory=dict)
    silent: bool = False
    document: tuple[str, bytes] | None = None
    photo: tuple[str, bytes] | None = None
    edits: int = 0
    rich: bool = False
    forced: Json = field(default_factory=dict)  # the ForceReply that came along
    replies_to: int = 0

    @property
    def buttons(self) -> list[Json]:
        return [button for row in self.keyboard for button in row]

    @property
    def labels(self) -> list[str]:
        return [button["text"] for button in self.buttons]


class World:
    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.rooms: dict[int, Room] = {}
        self.messages: list[Message] = []
        self.updates: list[Json] = []
        self.menus: dict[tuple[str, int, str], list[Json]] = {}
        self.files: dict[str, bytes] = {}
        self.queries: set[str] = set()
        self.inline: dict[str, Json] = {}  # what was answered to inline queries, by their ids
        self.about: dict[tuple[str, str], str] = {}  # descriptions by kind and language
        self.typing: list[tuple[int, int | None]] = []  # where the bot was seen to type
        self.answered: list[Json] = []
        self.blocked: set[int] = set()
        self.met: set[int] = set()  # people who wrote somewhere that the bot reads
        self.webhook: Json | None = None  # what setWebhook was called with
        self._waiting: list[tuple[Callable[[], object], asyncio.Event]] = []
        self._update = 1000
        self._message = 0

    # watching

    def notify(self) -> None:
        """Wake those whose condition holds now."""
        for holds, event in self._waiting:
            if holds():
                event.set()

    async def until(self, holds: Callable[[], object], *, guard: float = 20) -> None:
        """Return as soon as the condition holds; TimeoutError after `guard` real seconds."""
        event = asyncio.Event()
        self._waiting.append((holds, event))
        self.notify()
        try:
            await asyncio.wait_for(event.wait(), guard)
        finally:
            self._waiting = [one for one in self._waiting if one[1] is not event]

    def sent(self, room: Room | int, thread: int | None = None) -> list[Message]:
        """What the bot has in a room now, oldest first; of one topic when it is named."""
        chat = room if isinstance(room, int) else room.id
        return [m for m in self.messages if m.chat == chat and (thread is None or m.thread == thread)]

    async def arrived(self, room: Room, count: int) -> list[Message]:
        """The room's messages when there are at least `count`."""
        await self.until(lambda: len(self.sent(room)) >= count)
        return self.sent(room)

    # setting the scene

    def private(self, person: Person) -> Room:
        """A person's own chat with the bot, started."""
        return self.rooms.setdefault(person.id, Room(person.id, "private", person.name))

    def group(
        self,
        number: int,
        *,
        kind: Kind = "supergroup",
        forum: bool = False,
        topics: tuple[int, ...] = (),
        members: dict[Person, str] | None = None,
    ) -> Room:
        """A group or channel that the bot is in; `number` is negative, as the platform's are."""
        statuses = {person.id: status for person, status in (members or {}).items()}
        room = Room(number, kind, f"Room {number}", forum, set(topics), statuses)
        if kind == "channel":
            room.bot = "administrator"
        self.rooms[number] = room
        return room

    # what people do

    def put(self, kind: str, body: Json, *, update_id: int | None = None) -> int:
        """Owe the bot an update; the id is the next one unless a test insists."""
        self._update += 1
        number = self._update if update_id is None else update_id
        self.updates.append({"update_id": number, kind: body})
        self.notify()
        return number

    def say(
        self,
        room: Room,
        person: Person | None,
        text: str,
        *,
        thread: int | None = None,
        edited: bool = False,
        update_id: int | None = None,
        document: tuple[str, bytes] | None = None,
        **more: Any,
    ) -> int:
        """Somebody writes; with no person a channel post, or with sender_chat an anonymous one."""
        body = {"message_id": self.next_id(), "date": self.now(), "chat": room.json(), **more}
        if document:
            self._attach(body, *document)
        if text:
            body["caption" if document else "text"] = text
            body["caption_entities" if document else "entities"] = _entities(text)
        if person is not None:
            self.met.add(person.id)
            body["from"] = person.json()
        elif "sender_chat" in body:
            body["from"] = ANONYMOUS
        if thread is not None:
            body |= {"message_thread_id": thread, "is_topic_message": True}
        kind = "channel_post" if room.kind == "channel" else "message"
        return self.put(f"edited_{kind}" if edited else kind, body, update_id=update_id)

    def press(self, room: Room, person: Person, message: Message, label: str, *, query: str = "") -> str:
        """Press the button that is labelled so, under a message of the bot; the query's id."""
        button = next((b for b in message.buttons if b["text"] == label), None)
        assert button is not None, f"no button {label!r} among {message.labels}"
        assert "callback_data" in button, f"{label!r} opens an address"
        query = query or f"q{self.next_id()}"
        self.queries.add(query)
        body = {
            "id": query,
            "from": person.json(),
            "chat_instance": str(room.id),
            "message": self.json(message),
            "data": button["callback_data"],
        }
        self.put("callback_query", body)
        return query

    def ask_inline(self, person: Person, query: str, *, offset: str = "") -> str:
        """Type "@bot query" in some chat; the id of the query."""
        number = f"inline{self.next_id()}"
        self.queries.add(number)
        self.put("inline_query", {"id": number, "from": person.json(), "query": query, "offset": offset})
        return number

    async def offered(self, person: Person, query: str, *, offset: str = "") -> Json:
        """The bot's answer to an inline query."""
        number = self.ask_inline(person, query, offset=offset)
        await self.until(lambda: number in self.inline)
        return self.inline[number]

    def choose(self, room: Room, person: Person, result: Json) -> None:
        """Send an inline result into a room: it arrives as the person's message, by way of the bot."""
        text, _ = parse(result["input_message_content"]["message_text"])
        self.say(room, person, text, via_bot=BOT)

    def delete(self, message: Message) -> None:
        """Somebody deletes a message of the bot; nothing tells it."""
        self.messages.remove(message)

    def block(self, person: Person, *, tell: bool = True) -> None:
        self.blocked.add(person.id)
        if tell:
            self._member(self.private(person), person, "member", "kicked")

    def unblock(self, person: Person) -> None:
        self.blocked.discard(person.id)
        self._member(self.private(person), person, "kicked", "member")

    def kick(self, room: Room, person: Person, *, tell: bool = True) -> None:
        room.bot, before = "kicked", room.bot
        if tell:
            self._member(room, person, before, "kicked")

    def add(self, room: Room, person: Person) -> None:
        room.bot, before = "member", room.bot
        self._member(room, person, "left" if before == "member" else before, "member")

    def migrate(self, room: Room, number: int, *, tell: tuple[str, ...] = ("to", "from")) -> Room:
        """A group becomes a supergroup under a new id; the service messages come as told."""
        new = replace(room, id=number, kind="supergroup")
        room.migrated_to = number
        self.rooms[number] = new
        for direction in tell:
            self.tell_moved(room, new, direction)
        return new

    def tell_moved(self, old: Room, new: Room, direction: str) -> None:
        where, other = (old, new) if direction == "to" else (new, old)
        more: Json = {f"migrate_{direction}_chat_id": other.id, "sender_chat": where.json()}
        self.say(where, None, "", **more)

    # what the bot's calls need

    def now(self) -> int:
        return int(self.clock().timestamp())

    def next_id(self) -> int:
        self._message += 1
        return self._message

    def room(self, number: Any) -> Room:
        """The room the bot may write to, or the refusal that the platform gives."""
        named = (room for room in self.rooms.values() if room.username and number == f"@{room.username}")
        room = self.rooms.get(number) if isinstance(number, int) else next(named, None)
        if room is None and number in self.met:
            raise Refused(403, "Forbidden: bot can't initiate conversation with a user")
        if room is None:
            raise bad("chat not found")
        if room.migrated_to:
            raise Refused(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                migrate_to_chat_id=room.migrated_to,
            )
        if room.id in self.blocked:
            raise Refused(403, "Forbidden: bot was blocked by the user")
        if room.bot == "kicked":
            raise Refused(403, f"Forbidden: bot was kicked from the {room.kind} chat")
        if room.bot == "left":
            raise Refused(403, f"Forbidden: bot is not a member of the {room.kind} chat")
        if room.muted:
            raise bad("not enough rights to send text messages to the chat")
        return room

    def seen(self, number: Any) -> Room:
        """The room that getChat describes: one where the bot is, also where it may not write."""
        named = (room for room in self.rooms.values() if room.username and number == f"@{room.username}")
        room = self.rooms.get(number) if isinstance(number, int) else next(named, None)
        return replace(self.room(room.id if room else number), muted=False)

    def json(self, message: Message) -> Json:
        """A message as the platform describes it."""
        body: Json = {
            "message_id": message.id,
            "date": self.now(),
            "chat": self.rooms[message.chat].json(),
            "from": BOT,
        }
        if message.document:
            number = f"sent{message.id}"
            name = message.document[0]
            body["document"] = {"file_id": number, "file_unique_id": number, "file_name": name}
        elif message.photo:
            number = f"sent{message.id}"
            size = {"file_id": number, "file_unique_id": number, "width": 1280, "height": 800}
            body |= {"photo": [size], "caption": message.text}
        else:
            body["text"] = message.text
        if message.thread is not None:
            body |= {"message_thread_id": message.thread, "is_topic_message": True}
        if message.keyboard:
            body["reply_markup"] = {"inline_keyboard": message.keyboard}
        return body

    def _attach(self, body: Json, name: str, data: bytes) -> None:
        number = f"file{len(self.files)}"
        self.files[number] = data
        size = body.pop("file_size", len(data))
        body["document"] = {"file_id": number, "file_unique_id": number, "file_name": name, "file_size": size}

    def _member(self, room: Room, person: Person, before: str, after: str) -> None:
        status = {"user": BOT}
        self.put(
            "my_chat_member",
            {
                "chat": room.json(),
                "from": person.json(),
                "date": self.now(),
                "old_chat_member": {**status, **member(before)},
                "new_chat_member": {**status, **member(after)},
            },
        )


def member(status: str) -> Json:
    """The fields that a chat member of this status must have."""
    if status == "kicked":
        return {"status": status, "until_date": 0}
    if status == "creator":
        return {"status": status, "is_anonymous": False}
    if status != "administrator":
        return {"status": status}
    rights = (
        "can_be_edited is_anonymous can_manage_chat can_delete_messages can_manage_video_chats "
        "can_restrict_members can_promote_members can_change_info can_invite_users can_post_stories "
        "can_edit_stories can_delete_stories"
    )
    return {"status": status, **dict.fromkeys(rights.split(), False)}


def _entities(text: str) -> list[Json]:
    """Commands and mentions, as the platform marks them."""
    kinds = {"bot_command": r"(?<!\S)/[a-zA-Z0-9_]{1,32}(?:@\w+)?", "mention": r"(?<!\S)@\w{3,32}"}
    return [
        {"type": kind, "offset": units(text[: match.start()]), "length": units(match[0])}
        for kind, pattern in kinds.items()
        for match in re.finditer(pattern, text)
    ]
