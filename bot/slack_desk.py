"""What is done with a delivery, once it is kept and its workspace is known."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime

from bot.slack_files import LARGEST, Upload, fetch
from bot.slack_inbound import Incoming
from bot.slack_workspace import Workspace
from handlers import chats
from handlers.language import reply_language
from handlers.message import Ask, Attachment, Manages, Note, Reply, Text, line
from handlers.words import say
from store.bundle import Store
from store.model import Chat, Language, SubscriberState

Answer = Callable[[Ask, Manages], Awaitable[Reply | None]]


@dataclass(frozen=True, slots=True)
class Desk:
    """`admins` as in JIANBAO_ADMINS, `umbrella` the command that takes every command."""

    store: Store
    answer: Answer
    clock: Callable[[], datetime]
    admins: frozenset[str]
    umbrella: str

    async def work(self, came: Incoming, workspace: Workspace) -> None:
        """Do what one delivery asks for."""
        chat = Chat("slack", workspace.tenant, came.channel)
        if came.kind == "event":
            await workspace.events.happened(came, chat)
        else:
            await self._asked(came, chat, workspace)

    async def _asked(self, came: Incoming, chat: Chat, workspace: Workspace) -> None:
        people = workspace.people
        inside = came.kind in {"mention", "direct"} or await people.inside(came.channel)
        private = inside and came.channel.startswith("D")
        ask = await self._ask(came, chat, workspace, private=private)
        if came.kind in {"mention", "direct"} and chats.returned(self.store, chat, ask.now):
            await workspace.events.greet(chat, "slack.welcome_back")

        async def manages(asked: Ask) -> bool:
            return asked.private or await people.may_manage(asked.user)

        failed = None
        if came.upload is not None:
            ask, failed = await self._with_file(ask, came.upload, workspace)
        reply = failed or await self.answer(ask, manages)
        if reply is None:
            return
        if came.kind == "command" and not inside:
            inside, reply = await self._at_the_door(ask, reply, workspace)
        if reply.tags.get("refused") == "answer.managers_only":
            reply = _with_note(reply, "slack.managers")
        await workspace.answers.give(came, chat, reply, private=private, inside=inside)

    async def _ask(self, came: Incoming, chat: Chat, workspace: Workspace, *, private: bool) -> Ask:
        me = workspace.me
        return Ask(
            came.text,
            chat,
            self.clock(),
            user=came.user,
            client_language=(await workspace.people.person(came.user)).locale,
            private=private,
            admin=not self.admins.isdisjoint(
                {f"slack:{me.team}/{came.user}", f"slack:{me.tenant}/{came.user}"}
            ),
            pressed=came.kind == "press",
        )

    async def _with_file(self, ask: Ask, upload: Upload, workspace: Workspace) -> tuple[Ask, Reply | None]:
        """The ask with the file that came along, or what to say when it could not be had. Only
        those who may hand one in have theirs fetched; others are refused by its name alone.
        """
        if not ask.admin:
            return replace(ask, attachment=Attachment(upload.name, b"", upload.content_type)), None
        client = workspace.client
        data = await fetch(
            workspace.answers.session,
            client.token or "",
            upload,
            host=workspace.answers.host,
            proxy=client.proxy,
        )
        if data is not None:
            return replace(ask, attachment=Attachment(upload.name, data, upload.content_type)), None
        language = reply_language(ask, self.store)
        text = say("slack.file_not_fetched", language, limit=LARGEST >> 20)
        return ask, Reply((Text(line(text)),), language, whisper=True)

    async def _at_the_door(self, ask: Ask, reply: Reply, workspace: Workspace) -> tuple[bool, Reply]:
        """Asked from where the bot is not: a channel that subscribed is joined where that is
        possible, and otherwise the answer says how to invite the bot.
        """
        subscriber = self.store.ledger.subscriber(ask.chat)
        subscribed = subscriber is not None and subscriber.state is SubscriberState.ACTIVE
        if subscribed and await workspace.sender.join(ask.chat.id):
            workspace.people.moved(ask.chat.id, inside=True)
            return True, reply
        language = reply_language(ask, self.store)
        return False, _with_note(
            reply, "slack.invite", language=language, bot=f"@{self.umbrella.lstrip('/')}"
        )


def _with_note(reply: Reply, key: str, *, language: Language | None = None, **words: object) -> Reply:
    note = Note(line(say(key, language or reply.language, **words)))
    return replace(reply, blocks=(*reply.blocks, note))
