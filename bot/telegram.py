"""The Telegram door: a bot that polls, answers in chats, and sends what is delivered."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

from telegram import Bot
from telegram.error import BadRequest, InvalidToken, TelegramError

from bot import telegram_render as render
from bot.telegram_answering import Pause
from bot.telegram_desk import Answer, Desk
from bot.telegram_inbound import KINDS, Me
from bot.telegram_poll import POLL, Poller
from bot.telegram_profile import show_profile
from bot.telegram_send import NO_METHOD, edited, send
from bot.telegram_transport import Transport
from bot.telegram_webhook import Webhook
from handlers.buttons import payload
from handlers.door import Outcome, Rates
from handlers.errors import Refusal
from handlers.message import Button, Reply
from store.bundle import Store
from store.model import Chat, Language, Platform

log = logging.getLogger(__name__)

API = "https://api.telegram.org"

_PATIENCE = 5.0  # seconds for answers under way when the door closes
_A_DAY = timedelta(days=1)
_REMEMBERED = 10_000  # chats whose last message we know the time of


class TelegramDoor:
    """One bot. `start()` opens it both ways, `open()` for sending alone; `stop()` closes it.

    With a `webhook_url` updates come by bot/web.py, which hands verified bodies to `webhook`; without
    one the bot polls. `webhook_secret` is what Telegram sends along. `paid` = pushes may cost Stars and go at
    `rates` above the free ones. `api_base` is a server other
    than Telegram's, with or without "/bot" at its end. `pause` waits some seconds: between parts,
    and while the platform is busy.
    """

    platform: Platform = "telegram"
    announces: Literal[True] = True
    rates = Rates(overall=30, per_chat=1, per_group=20)  # where the settings name none
    edit_rates: Rates | None = None

    def __init__(
        self,
        token: str,
        *,
        api_base: str = "",
        store: Store,
        answer: Answer,
        clock: Callable[[], datetime],
        admins: frozenset[str] = frozenset(),
        language_default: Language = "ko",
        pause: Pause = asyncio.sleep,
        read_timeout: float = 20.0,
        rates: Rates | None = None,
        paid: bool = False,
        webhook_url: str = "",
        webhook_secret: str = "",
    ) -> None:
        self.webhook_url, self.webhook_secret = webhook_url, webhook_secret
        self.webhook = Webhook()
        self.rates = rates or self.rates
        self._paid = paid
        base = (api_base or API).rstrip("/").removesuffix("/bot")
        self.tenant, self.username = token.partition(":")[0], ""
        self.store, self.answer, self.clock = store, answer, clock
        self.admins, self.language_default, self.pause = admins, language_default, pause
        self._polls = Transport(read_timeout=POLL, pool=1)
        self.bot = Bot(
            token,
            base_url=f"{base}/bot",
            base_file_url=f"{base}/file/bot",
            request=Transport(read_timeout=read_timeout),
            get_updates_request=self._polls,
        )
        self._sent_at: OrderedDict[str, datetime] = OrderedDict()
        self._not_rich: OrderedDict[str, datetime] = OrderedDict()  # chats, "" = the whole server
        self._polling: asyncio.Task[None] | None = None
        self.desk: Desk | None = None

    # opening and closing

    async def open(self) -> None:
        """Ready to send. Refusal when the token is refused or the server cannot be reached."""
        try:
            await self.bot.initialize()
        except TelegramError as error:
            await self.bot.shutdown()
            # The library's own words hold the token, so neither they nor their cause go on.
            if isinstance(error, InvalidToken):
                raise Refusal("telegram.token_refused") from None
            raise Refusal("telegram.unreachable", detail=type(error).__name__) from None
        self.tenant, self.username = str(self.bot.id), self.bot.username or ""

    async def start(self) -> None:
        """Open, show the command menus, take up what was left, and let updates come."""
        await self.open()
        me = Me(self.tenant, self.username, self.admins)
        self.desk = Desk(self.bot, self, self.store, self.answer, self.clock, me=me, pause=self.pause)
        await self.desk.resume()
        await show_profile(self.bot, self.admins, self.language_default)
        if self.webhook_url:
            self.webhook.desk = self.desk
            await self._set_webhook()
            return
        poller = Poller(self.bot, self.desk.take, polls=self._polls, pause=self.pause)
        self._polling = asyncio.create_task(poller.run(), name="telegram polling")

    async def stop(self) -> None:
        """Take nothing more in, let answers under way end, close the connections. A webhook stays
        set: Telegram keeps what comes meanwhile.
        """
        self.webhook.desk = None
        if self._polling is not None:
            self._polling.cancel()
            with suppress(asyncio.CancelledError):
                await self._polling
        if self.desk is not None:
            await self.desk.finish(patience=_PATIENCE)
        await self.bot.shutdown()

    async def _set_webhook(self) -> None:
        """Tell Telegram where to deliver; what waits is kept. Refusal when it will not."""
        try:
            await self.bot.set_webhook(
                self.webhook_url,
                allowed_updates=KINDS,
                secret_token=self.webhook_secret,
                drop_pending_updates=False,
            )
        except TelegramError as error:
            await self.stop()
            if isinstance(error, BadRequest):
                raise Refusal("telegram.webhook_refused", detail=str(error)[:200]) from None
            raise Refusal("telegram.unreachable", detail=type(error).__name__) from None

    # Door

    def parts(self, reply: Reply) -> Sequence[str]:
        return render.parts(reply, self.username)

    async def send(
        self,
        chat: Chat,
        part: str,
        *,
        first: str,  # noqa: ARG002
        silent: bool = False,
        went: Callable[[], None] | None = None,
    ) -> Outcome:
        """One part, as Announcer says. Parts follow each other; none is a reply to the first."""
        try:
            read = render.loads(part)
        except ValueError as error:
            return Outcome("refused", reason="reason.error", detail=str(error))

        def made(button: Button) -> str:
            return payload(button, chat, self.store, self.clock())

        def no_rich(outcome: Outcome) -> None:
            self._not_rich["" if outcome.detail == NO_METHOD else chat.id] = self.clock()

        if read.rich and not self._takes_rich(chat):
            read = replace(read, rich="")
        busy = self.is_group(chat) or self._just_sent(chat)
        outcome = await send(
            self.bot,
            chat,
            read,
            made,
            silent=silent,
            chat_scope=busy,
            paid=self._paid,
            went=went,
            no_rich=no_rich,
        )
        if outcome.kind == "sent":
            self._note_sent(chat)
        return outcome

    def _takes_rich(self, chat: Chat) -> bool:
        """Not for a day after a refusal: by the chat, or by a server that does not know how."""
        while len(self._not_rich) > _REMEMBERED:
            self._not_rich.popitem(last=False)
        refused = (self._not_rich.get(name) for name in ("", chat.id))
        return not any(at is not None and self.clock() - at < _A_DAY for at in refused)

    async def edit(self, chat: Chat, part: str, *, message_id: str) -> Outcome:
        """As EditsInPlace says; the buttons are made anew."""
        try:
            read, number = render.loads(part), int(message_id)
        except ValueError as error:
            return Outcome("refused", reason="reason.error", detail=str(error))

        def made(button: Button) -> str:
            return payload(button, chat, self.store, self.clock())

        busy = self.is_group(chat) or self._just_sent(chat)
        outcome = await edited(self.bot, chat, number, read, made, chat_scope=busy)
        if outcome.kind == "sent":
            self._note_sent(chat)
        return outcome

    def is_group(self, chat: Chat) -> bool:
        """Groups and channels have negative ids."""
        return chat.id.startswith("-")

    def _just_sent(self, chat: Chat) -> bool:
        """Whether we ourselves have been quick in this chat: then a 429 is about the chat. In a
        private chat that we left in peace it is about the whole bot.
        """
        last = self._sent_at.get(chat.id)
        return last is not None and self.clock() - last < timedelta(seconds=2)

    def _note_sent(self, chat: Chat) -> None:
        self._sent_at[chat.id] = self.clock()
        self._sent_at.move_to_end(chat.id)
        if len(self._sent_at) > _REMEMBERED:
            self._sent_at.popitem(last=False)
