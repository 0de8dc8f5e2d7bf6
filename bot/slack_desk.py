"""What is done with a delivery, once it is kept and its workspace is known."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime

from bot.slack_files import LARGEST, Upload, fetch
from bot.slack_inbound import Incoming
from bot.slack_people import People
from bot.slack_transport import Me
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
            await self._happened(came, chat, workspace)
        elif not await workspace.surfaces.took(came, chat):
            asked = workspace.surfaces.asked_in(came)
            await self._asked(asked, replace(chat, id=asked.channel), workspace)

    async def _happened(self, came: Incoming, chat: Chat, workspace: Workspace) -> None:
        if came.name == "app_home_opened":
            if came.event.get("tab") == "home":
                await workspace.surfaces.opened_home(came, chat)
            else:
                ask = await self.asking(came, chat, workspace.me, workspace.people)
                await workspace.agent.opened(chat.id, reply_language(ask, self.store))
        elif came.name == "link_shared":
            ask = await self.asking(came, chat, workspace.me, workspace.people)
            await workspace.unfurls.shared(came, chat, ask)
        else:
            await workspace.events.happened(came, chat)

    async def _asked(self, came: Incoming, chat: Chat, workspace: Workspace) -> None:
        people = workspace.people
        ask = await self.asking(came, chat, workspace.me, people)
        inside = came.kind in {"mention", "direct"} or await people.inside(came.channel)
        if came.kind in {"mention", "direct"} and chats.returned(self.store, chat, ask.now):
            await workspace.events.greet(chat, "slack.welcome_back")
        failed = None
        if came.upload is not None:
            ask, failed = await self._with_file(ask, came.upload, workspace)
        before = self.store.ledger.subscriber(chat)
        reply = failed or await self._replied(came, ask, workspace)
        if reply is None:
            return
        if came.kind in {"command", "submit"} and not inside:
            inside, reply = await self._at_the_door(ask, reply, workspace)
        if reply.tags.get("refused") == "answer.managers_only":
            reply = _with_note(reply, "slack.managers")
        if not await workspace.surfaces.shown(came, chat, reply):
            await workspace.answers.give(came, chat, reply, private=ask.private, inside=inside)
        if self.store.ledger.subscriber(chat) != before:
            await workspace.surfaces.refresh(came)

    async def _replied(self, came: Incoming, ask: Ask, workspace: Workspace) -> Reply | None:
        """The answer to what was asked: of a form, that to its last command, or to the first refused."""
        agent, looks = workspace.agent, came.kind == "direct" and bool(ask.text)
        if looks:
            await agent.looking(ask.chat.id, came.thread, reply_language(ask, self.store))
        reply = None
        for text in workspace.surfaces.texts(came):
            reply = await self.answer(replace(ask, text=text), workspace.surfaces.manages)
            if reply is None or "refused" in reply.tags:
                break
        if looks and reply is None:
            await agent.silent(ask.chat.id, came.thread)
        elif looks and came.thread == came.message_ts:
            await agent.titled(ask.chat.id, came.thread, ask.text)
        return reply

    async def asking(self, came: Incoming, chat: Chat, me: Me, people: People) -> Ask:
        """What came, as asked in this chat."""
        direct = chat.id.startswith("D")
        private = direct and (came.kind == "direct" or await people.inside(chat.id))
        return Ask(
            came.text,
            chat,
            self.clock(),
            user=came.user,
            client_language=(await people.person(came.user)).locale,
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
