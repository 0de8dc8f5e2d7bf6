"""The workspace behind the fake: people, conversations, messages, and when they were posted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any

Json = dict[str, Any]

BOT = "UBOT"


@dataclass
class User:
    """A person, or a bot. `restricted` = guest; another `team` = of a connected workspace."""

    id: str
    team: str
    locale: str = "ko-KR"
    admin: bool = False
    owner: bool = False
    restricted: bool = False
    ultra_restricted: bool = False
    deleted: bool = False
    bot: bool = False

    def shown(self, *, locale: bool) -> Json:
        """As users.info shows it."""
        return {
            "id": self.id,
            "team_id": self.team,
            "name": self.id.lower(),
            "deleted": self.deleted,
            "is_admin": self.admin,
            "is_owner": self.owner,
            "is_primary_owner": False,
            "is_restricted": self.restricted or self.ultra_restricted,
            "is_ultra_restricted": self.ultra_restricted,
            "is_bot": self.bot,
            "is_app_user": False,
            **({"locale": self.locale} if locale else {}),
        }


@dataclass
class Channel:
    """A channel, or (`user` set) a direct conversation of that user with the bot."""

    id: str
    name: str = ""
    private: bool = False
    archived: bool = False
    creator: str = ""
    user: str = ""
    members: set[str] = field(default_factory=set)


@dataclass
class Message:
    """A message as it stands: `to` is the one person who sees it, "" when everybody does."""

    channel: str
    ts: str
    user: str
    text: str
    blocks: list[Json]
    thread_ts: str = ""
    to: str = ""
    metadata: Json | None = None
    via: str = "chat.postMessage"
    arguments: Json = field(default_factory=dict)
    edits: int = 0

    def buttons(self) -> dict[str, Json]:
        """Buttons by their label."""
        actions = [block for block in self.blocks if block["type"] == "actions"]
        return {e["text"]["text"]: e for block in actions for e in block["elements"]}

    def words(self) -> str:
        """Every word that a reader sees in the blocks, in order; the text when there are none."""
        found: list[str] = []

        def walk(value: object) -> None:
            if isinstance(value, dict):
                if isinstance(value.get("text"), str):
                    found.append(value["text"])
                for inner in value.values():
                    walk(inner)
            elif isinstance(value, list):
                for inner in value:
                    walk(inner)

        walk(self.blocks)
        return " ".join(found) or self.text


@dataclass
class Hook:
    """A response_url: five uses within 30 minutes. `message` is the one that was pressed."""

    channel: str
    user: str
    made: datetime
    message: Message | None = None
    uses: int = 0


@dataclass
class Trigger:
    """What lets an app open a view for a person: once, within three seconds."""

    user: str
    made: datetime
    used: bool = False


@dataclass
class View:
    """A modal as it stands before a person."""

    id: str
    user: str
    body: Json

    def words(self) -> str:
        """Every word of it."""
        return Message("", "", "", "", [self.body]).words()


class World:
    """One workspace, seen by one app."""

    def __init__(
        self,
        clock: Callable[[], datetime],
        team: str,
        enterprise: str,
        numbers: Iterator[int] | None = None,
    ) -> None:
        self.clock = clock
        self.team = team
        self.enterprise = enterprise
        self.users: dict[str, User] = {BOT: User(BOT, team, bot=True)}
        self.channels: dict[str, Channel] = {}
        self.messages: list[Message] = []
        self.views: dict[str, Json] = {}  # Home tabs, by person
        self.modals: list[View] = []
        self.triggers: dict[str, Trigger] = {}
        self.links: dict[str, list[str]] = {}  # addresses that may be unfurled, by unfurl_id or ts
        self.unfurls: list[Json] = []
        self.statuses: list[tuple[str, str, str]] = []  # of direct conversations: channel, thread, words
        self.titles: dict[tuple[str, str], str] = {}
        self.prompts: dict[str, list[Json]] = {}
        self.files: dict[str, tuple[str, bytes]] = {}
        self.alt_texts: dict[str, str] = {}  # of the bot's own uploads, by the file's id
        self.hooks: dict[str, Hook] = {}
        self._posted: dict[str, datetime] = {}
        self._minute: list[datetime] = []
        self._numbers = numbers or count(1)

    def number(self) -> int:
        """1, 2, 3, …: what makes names unique, also among workspaces."""
        return next(self._numbers)

    def stamp(self) -> str:
        """A message's ts: unique, rising, of the injected clock."""
        return f"{int(self.clock().timestamp())}.{self.number():06d}"

    def message(self, channel: str, ts: str) -> Message | None:
        return next((m for m in self.messages if m.channel == channel and m.ts == ts and not m.to), None)

    def direct(self, user: str) -> Channel:
        """The direct conversation of the bot with this user, opened where needed."""
        for channel in self.channels.values():
            if channel.user == user:
                return channel
        made = Channel(f"D{user}", user=user, members={BOT, user})
        self.channels[made.id] = made
        return made

    def too_fast(self, channel: str) -> int:
        """Seconds to wait before one more post here: 1 a second a channel, 300 a minute; 0 = go."""
        now = self.clock()
        self._minute = [at for at in self._minute if (now - at).total_seconds() < 60]
        last = self._posted.get(channel)
        if last is not None and (now - last).total_seconds() < 1:
            return 1
        if len(self._minute) >= 300:
            return 30
        return 0

    def add(self, message: Message) -> Message:
        """Accept a message, and remember when, for `too_fast`."""
        self.messages.append(message)
        if message.via == "chat.postMessage" and message.user == BOT:
            self._posted[message.channel] = self.clock()
            self._minute.append(self.clock())
        return message

    def trigger(self, user: str) -> str:
        """A new trigger_id of this person's."""
        name = f"{self.number()}.1"
        self.triggers[name] = Trigger(user, self.clock())
        return name

    def hook(self, channel: str, user: str, message: Message | None = None) -> str:
        """The name of a new response_url."""
        name = f"h{self.number()}"
        self.hooks[name] = Hook(channel, user, self.clock(), message)
        return name
