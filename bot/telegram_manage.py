"""Who may change what, asked of Telegram; and another chat looked after from a private one."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from telegram import Bot, ChatFullInfo, ChatMember
from telegram.error import BadRequest, Forbidden, TelegramError

from bot.telegram_inbound import Me, may_write
from handlers import elsewhere
from handlers.errors import Refusal
from handlers.language import reply_language
from handlers.message import Ask, Button, Buttons, Manages, Reply
from handlers.words import say
from store.bundle import Store
from store.model import Chat

log = logging.getLogger(__name__)

TRUST = timedelta(seconds=60)  # how long a look at a chat's administrators is believed
_REMEMBERED = 1000
_LISTED = 10

Answer = Callable[[Ask, Manages], Awaitable[Reply | None]]


@dataclass(frozen=True, slots=True)
class Place:
    """Another chat as Telegram has it now."""

    chat: Chat
    title: str


class Managing:
    def __init__(
        self, bot: Bot, store: Store, answer: Answer, clock: Callable[[], datetime], *, me: Me
    ) -> None:
        self.bot, self.store, self.answer, self.clock, self.me = bot, store, answer, clock, me
        self._known: dict[tuple[str, str], tuple[datetime, bool]] = {}

    async def is_administrator(self, chat: Chat, user: str) -> bool:
        """As the platform says, asked at most once a minute; no when it does not answer."""
        now = self.clock()
        known = self._known.get((chat.id, user))
        if known is not None and now - known[0] < TRUST:
            return known[1]
        if len(self._known) > _REMEMBERED:
            self._known.clear()
        try:
            member = await self.bot.get_chat_member(int(chat.id), int(user))
        except TelegramError as error:
            log.info("the administrators of a chat could not be looked up: %s", error)
            return False
        manages = member.status in {ChatMember.OWNER, ChatMember.ADMINISTRATOR}
        self._known[chat.id, user] = (now, manages)
        elsewhere.noted(self.store, chat, user, manages=manages, now=now)
        return manages

    async def for_another_chat(self, ask: Ask) -> Reply | None:
        """The answer to what was typed or pressed in a private chat about another chat; None when it
        is about this one.
        """
        text = ask.text
        if ask.pressed and text.startswith("#"):
            text = self.store.ledger.command_of(text[1:]) or text
        try:
            aim = elsewhere.aimed(text)
            if aim is not None:
                return await self._aimed(ask, aim)
        except Refusal as refusal:
            return elsewhere.refused(ask, self.store, refusal)
        return await self._listed(ask) if elsewhere.is_list(text) else None

    async def _aimed(self, ask: Ask, aim: elsewhere.Aim) -> Reply | None:
        place = await self._place(aim.target)
        if not await self.is_administrator(place.chat, ask.user):
            raise Refusal("elsewhere.not_yours", title=place.title)
        await self._require_writing(place)
        there = replace(
            ask,
            text=aim.text,
            chat=place.chat,
            private=False,
            addressed=True,
            language=reply_language(ask, self.store),
        )
        reply = await self.answer(there, _yes)
        if reply is None:
            return None
        return elsewhere.bound(reply, place.chat, place.title, self.store, self.clock())

    async def _place(self, target: str) -> Place:
        """The group or channel that a target names. Refusal when it is none, or not known to us."""
        number, _, thread = target.partition(":")
        try:
            found = await self.bot.get_chat(number if number.startswith("@") else int(number))
        except (BadRequest, Forbidden) as error:
            raise Refusal("elsewhere.unknown", target=target) from error
        except (TelegramError, KeyError, TypeError) as error:  # a server that describes chats otherwise
            raise Refusal("elsewhere.not_answering", target=target) from error
        if found.type not in {"group", "supergroup", "channel"}:
            raise Refusal("elsewhere.not_a_group", target=target)
        topic = int(thread) if thread and found.is_forum else None
        return Place(self.me.chat(found.id, topic), _title(found, topic))

    async def _require_writing(self, place: Place) -> None:
        try:
            member = await self.bot.get_chat_member(int(place.chat.id), self.bot.id)
        except TelegramError as error:
            raise Refusal("elsewhere.cannot_post", title=place.title) from error
        posts = getattr(member, "can_post_messages", None)
        if not may_write(member) or posts is False:
            raise Refusal("elsewhere.cannot_post", title=place.title)

    async def _listed(self, ask: Ask) -> Reply:
        """Those that this person was seen to look after and still does."""
        known: list[tuple[Chat, str]] = []
        ledger = self.store.ledger
        for chat in ledger.kept_by("telegram", self.me.tenant, ask.user, limit=_LISTED):
            try:
                place = await self._place(elsewhere.spelled(chat))
            except Refusal:
                continue
            if await self.is_administrator(place.chat, ask.user):
                known.append((place.chat, place.title))
        reply = elsewhere.listed(ask, self.store, known)
        return replace(reply, blocks=(*reply.blocks, Buttons(self._doors_in(reply))))

    def _doors_in(self, reply: Reply) -> tuple[Button, ...]:
        """Links that let the bot into a group or a channel."""
        if not self.me.username:
            return ()
        url = f"https://t.me/{self.me.username}"
        return (
            Button(say("elsewhere.add_group", reply.language), url=f"{url}?startgroup=group"),
            Button(
                say("elsewhere.add_channel", reply.language),
                url=f"{url}?startchannel=channel&admin=post_messages+edit_messages",
            ),
        )


def _title(found: ChatFullInfo, topic: int | None) -> str:
    title = (found.title or "").strip()[:64] or str(found.id)
    return f"{title} #{topic}" if topic else title


async def _yes(ask: Ask) -> bool:
    """Asked of the platform a moment ago."""
    del ask
    return True
