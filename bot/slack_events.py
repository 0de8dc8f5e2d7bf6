"""What Slack tells of the app itself: let in, put out, archived, removed, looked at."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.slack_home import hello
from bot.slack_inbound import Incoming, removal
from bot.slack_people import People
from bot.slack_render import parts
from bot.slack_send import Sender, reason
from bot.slack_words import for_slack
from handlers import chats
from handlers.door import Outcome
from handlers.language import reply_language
from handlers.message import Ask
from handlers.workspaces import stop_chats
from store.bundle import Store
from store.model import Chat

log = logging.getLogger(__name__)

_GONE = {
    "channel_archive": "archived",
    "group_archive": "archived",
    "channel_deleted": "channel_not_found",
    "group_deleted": "channel_not_found",
    "channel_left": "left",
    "group_left": "left",
}
_BACK = {"channel_unarchive", "group_unarchive"}


@dataclass(frozen=True, slots=True)
class Events:
    """`me` is the bot's own user id, `umbrella` the command that takes every command."""

    store: Store
    sender: Sender
    people: People
    clock: Callable[[], datetime]
    me: str
    umbrella: str

    async def happened(self, came: Incoming, chat: Chat) -> None:
        """Do what an event asks for; one that is of no concern does nothing."""
        if came.name in _GONE:
            self._out(chat, _GONE[came.name])
        elif came.name in _BACK:
            chats.returned(self.store, chat, self.clock())
        elif came.name == "member_joined_channel" and came.user == self.me:
            await self._let_in(came, chat)
        elif removal(came):
            stop_chats(self.store, "slack", chat.tenant, reason("uninstalled"), self.clock())

    async def greet(self, chat: Chat, key: str, user: str = "") -> Outcome | None:
        """Say a few words in a channel, in its language; returns why they were not posted."""
        locale = (await self.people.person(user)).locale if user else ""
        language = reply_language(Ask("", chat, self.clock(), client_language=locale), self.store)
        for part in parts(for_slack(hello(language, key, umbrella=self.umbrella), self.umbrella)):
            outcome = await self.sender.send(chat, part, first="")
            if outcome.kind != "sent":
                log.info("slack: a greeting was not posted: %s %s", outcome.kind, outcome.detail)
                return outcome
        return None

    async def back(self, chat: Chat) -> None:
        """The app was installed again: say so where a subscription goes on, or stop it where that cannot
        be (a private channel has to invite the bot once more).
        """
        outcome = await self.greet(chat, "slack.welcome_back")
        if outcome is not None and outcome.kind == "gone":
            self.people.moved(chat.id, inside=False)
            chats.refused(self.store, chat, outcome.reason, self.clock())

    def _out(self, chat: Chat, why: str) -> None:
        self.people.moved(chat.id, inside=False)
        chats.refused(self.store, chat, reason(why), self.clock())

    async def _let_in(self, came: Incoming, chat: Chat) -> None:
        """Invited, or come by itself (then nobody wants a greeting)."""
        self.people.moved(chat.id, inside=True)
        inviter = str(came.event.get("inviter") or "")
        if chats.returned(self.store, chat, self.clock()):
            await self.greet(chat, "slack.welcome_back", inviter)
        elif inviter:
            await self.greet(chat, "slack.hello", inviter)
