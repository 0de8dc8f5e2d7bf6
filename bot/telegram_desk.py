"""The desk: takes updates in, keeps each until its effect is done, and answers.

Updates of one chat are handled in order, different chats beside each other. An update is
written into the ledger's inbox before Telegram is told that we have it, so that a kill loses
none; one that was not finished is done again after the start.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from telegram import Bot, CallbackQuery, Update
from telegram.error import TelegramError

from bot import telegram_aside as aside
from bot.telegram_answering import Answering, Pause, Sender
from bot.telegram_asking import answered, question
from bot.telegram_inbound import Arrived, Event, Heard, Me, Moved, Refused, chat_id_of, event_of, key_of
from bot.telegram_inline import Inline
from bot.telegram_manage import Managing
from bot.telegram_transport import FILE
from bot.telegram_typing import MOMENT, shown_typing
from handlers import chats, elsewhere
from handlers.language import reply_language
from handlers.leftovers import leftovers
from handlers.message import Ask, Attachment, Button, Buttons, Manages, Reply, Text, line
from handlers.words import say
from store.bundle import Store
from store.errors import StoreError

log = logging.getLogger(__name__)

Answer = Callable[[Ask, Manages], Awaitable[Reply | None]]

ROOM = 1000  # updates in hand; more are left with Telegram
AGAIN = timedelta(seconds=3)  # the same press within so long is the same tap


class Desk:
    def __init__(
        self,
        bot: Bot,
        sender: Sender,
        store: Store,
        answer: Answer,
        clock: Callable[[], datetime],
        *,
        me: Me,
        pause: Pause,
    ) -> None:
        self.bot, self.store, self.answer, self.clock = bot, store, answer, clock
        self.me = me
        self.answering = Answering(bot, sender, store, clock, me=me, pause=pause)
        self._lanes: dict[int, deque[tuple[str, Update]]] = {}
        self._repeated: dict[str, asyncio.Future[None]] = {}  # left by a process before, and not done yet
        self._tasks: set[asyncio.Task[None]] = set()
        self._room = asyncio.Semaphore(ROOM)
        self.inline = Inline(bot, store, clock, me=me)
        self.managing = Managing(bot, store, answer, clock, me=me)
        self.moment = MOMENT
        self._taps: OrderedDict[tuple[int, int, int], tuple[str, datetime]] = OrderedDict()

    # taking in

    async def take(self, raw: Mapping[str, Any]) -> None:
        """Keep an update and see to it; one that was seen before, or is not for us, is dropped.
        Waits while too many are in hand. Raises StoreError when it cannot be kept.
        """
        if "inline_query" in raw:
            self.inline.begin(raw)
            return
        update = self._read(raw)
        if update is None:
            return
        key = key_of(raw, self.me.tenant)
        if not self.store.ledger.receive(key, json.dumps(raw), at=self.clock()):
            return
        if update.callback_query and self._tapped_already(update.callback_query):
            self._start(self._stop_spinning(update.callback_query.id))
            self.store.ledger.handled(key, at=self.clock())
        else:
            await self._line_up(key, update)

    @property
    def full(self) -> bool:
        """Whether take() would wait."""
        return self._room.locked()

    async def resume(self) -> None:
        """Take up what a process that died had received and not finished."""
        left = leftovers(self.store, f"telegram:{self.me.tenant}:", now=self.clock())
        for key, body in left.together:
            await self._again(key, body)
        if left.alone:
            self._start(self._one_by_one(left.alone))

    async def _one_by_one(self, left: Sequence[tuple[str, str]]) -> None:
        """After all the others, and never two at once."""
        await asyncio.gather(*self._repeated.values())
        for key, body in left:
            await self._again(key, body)
            if key in self._repeated:
                await self._repeated[key]

    async def _again(self, key: str, body: str) -> None:
        update = self._read(json.loads(body))
        if update is None:
            self.store.ledger.handled(key, at=self.clock())
        else:
            self._repeated[key] = asyncio.get_running_loop().create_future()
            await self._line_up(key, update)

    async def finish(self, *, patience: float) -> None:
        """Let what is in hand end, but not longer than `patience` seconds."""
        tasks = self._tasks | self.inline.tasks
        if tasks:
            await asyncio.wait(tasks, timeout=patience)
        tasks = self._tasks | self.inline.tasks
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _read(self, raw: Mapping[str, Any]) -> Update | None:
        """The update as the library knows it; None for one that is not for us, or that it cannot
        read: the next one must not wait for it.
        """
        try:
            update = Update.de_json(dict(raw), self.bot)
            return update if event_of(update, self.me, self.clock()) else None
        except Exception:
            log.exception("an update that the library cannot read is left out: %s", raw.get("update_id"))
            return None

    def _tapped_already(self, query: CallbackQuery) -> bool:
        """Whether this person's last press of this message's buttons was the same, a moment ago.

        Telegram may deliver one tap under two update ids; the query's id is one's own where it can
        be told. Another button in between makes it a new press: on, off, on ends as on. Known to
        this process alone: a kill within the moment lets the second through.
        """
        if query.message is None:
            return False
        where = (query.message.chat.id, query.message.message_id, query.from_user.id)
        now, data = self.clock(), query.data or ""
        before = self._taps.pop(where, None)
        again = before is not None and before[0] == data and now - before[1] < AGAIN
        self._taps[where] = before if again and before is not None else (data, now)
        if len(self._taps) > ROOM:
            self._taps.popitem(last=False)
        return again

    async def _line_up(self, key: str, update: Update) -> None:
        await self._room.acquire()
        if update.callback_query:
            self._start(self._stop_spinning(update.callback_query.id))
        number = chat_id_of(update)
        lane = self._lanes.get(number)
        if lane is not None:
            lane.append((key, update))
            return
        self._lanes[number] = deque([(key, update)])
        self._start(self._work(number))

    def _start(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _stop_spinning(self, query_id: str) -> None:
        """A button's spinner ends at once, whatever the answer takes."""
        try:
            await self.bot.answer_callback_query(query_id)
        except TelegramError as error:
            log.info("a press was not acknowledged: %s", error)

    async def _work(self, number: int) -> None:
        """One chat's updates, one after the other."""
        lane = self._lanes[number]
        try:
            while lane:
                await self._one(*lane.popleft())
        finally:
            del self._lanes[number]

    async def _one(self, key: str, update: Update) -> None:
        """One update, whatever comes of it; it stays in the inbox if its end cannot be kept."""
        again = self._repeated.get(key)
        try:
            if again is not None:
                self.store.ledger.begin_again(key)
            try:
                await self._handle(update)
            except Exception:
                log.exception("an update could not be handled: %s", update.update_id)
                await self._apologize(update)
            self.store.ledger.handled(key, at=self.clock())
        except StoreError:
            log.exception("that an update is done cannot be kept")
        finally:
            self._room.release()
            if again is not None:
                del self._repeated[key]
                again.set_result(None)

    # doing

    async def _handle(self, update: Update) -> None:
        event: Event | None = event_of(update, self.me, self.clock())
        match event:
            case Heard():
                await self._heard(event)
            case Arrived():
                await self._arrived(event)
            case Refused():
                chats.refused(self.store, event.chat, event.reason, self.clock())
            case Moved():
                chats.moved(self.store, event.old, event.new_id, self.clock())
                new = replace(event.old, id=event.new_id)
                chats.returned(self.store, new, self.clock(), threads=True)
            case None:
                pass

    async def _heard(self, heard: Heard) -> None:
        ask = answered(heard, self.store)
        if heard.file is not None:
            attachment = await self._fetch(heard)
            if isinstance(attachment, Reply):
                await self.answering.respond(attachment, ask.chat)
                return
            ask = replace(ask, attachment=attachment)
        reply = await shown_typing(self.bot, ask.chat, self._answer(ask, heard), moment=self.moment)
        if reply is not None and aside.is_aside(reply, ask):
            await self._tell_aside(reply, ask)
        elif reply is not None:
            await self.answering.respond(
                question(reply, ask), ask.chat, pressed_id=heard.pressed_id, to=heard
            )

    async def _answer(self, ask: Ask, heard: Heard) -> Reply | None:
        """The answer; in a private chat first what is about another chat."""
        if ask.private and heard.file is None:
            about_another = await self.managing.for_another_chat(ask)
            if about_another is not None:
                return about_another
        return await self.answer(ask, self._manages(heard))

    async def _tell_aside(self, reply: Reply, ask: Ask) -> None:
        """Say it in the asker's own chat, and in the group that it stands there, or why not."""
        if not aside.can_be_told(ask):
            line = aside.told("telegram.aside_nobody", reply.language, username=self.me.username)
        elif await self.answering.respond(aside.for_private(reply), self.me.chat(int(ask.user))):
            line = aside.told("telegram.aside_sent", reply.language)
        else:
            line = aside.told("telegram.aside_refused", reply.language, username=self.me.username)
        await self.answering.respond(line, ask.chat)

    async def _arrived(self, event: Arrived) -> None:
        """Somebody added or unblocked the bot: it says that settings were kept, or how to begin."""
        back = chats.returned(self.store, event.chat, self.clock(), threads=True)
        if event.new and event.by and not back:
            await self._greet(event)
        if not back and not (event.new and event.group):
            return
        ask = Ask("", event.chat, self.clock(), client_language=event.language)
        language = reply_language(ask, self.store)
        text = say("telegram.welcome_back" if back else "telegram.hello_group", language)
        commands = ("/why", "/settings") if back else ("/subscribe", "/help")
        buttons = tuple(Button(say(f"telegram.button{c.replace('/', '.')}", language), c) for c in commands)
        await self.answering.respond(Reply((Text(line(text)), Buttons(buttons)), language), event.chat)

    async def _greet(self, event: Arrived) -> None:
        """Tell who let the bot in what it can do there: in private, where a channel's readers do not
        see it. Telegram refuses it for those who never began a chat with the bot; nothing is lost then.
        """
        private = self.me.chat(int(event.by))
        language = reply_language(Ask("", private, self.clock(), client_language=event.language), self.store)
        target = elsewhere.spelled(event.chat)
        said = Text(line(say("telegram.hello_private", language, title=event.title, target=target)))
        manage = Button(say("telegram.button.manage", language), f"/manage {target}")
        greeting = Reply((said, Buttons((manage,))), language)
        await self.answering.respond(greeting, private)

    async def _fetch(self, heard: Heard) -> Attachment | Reply:
        """The file that came along, or why it did not."""
        upload = heard.file
        assert upload is not None
        language = reply_language(heard.ask, self.store)
        limit = FILE >> 20
        if upload.size is not None and upload.size > FILE:
            return Reply((Text(line(say("telegram.file_too_large", language, limit=limit))),), language)
        try:
            file = await self.bot.get_file(upload.id)
            data = bytes(await file.download_as_bytearray())
        except TelegramError as error:
            log.info("a file could not be fetched: %s", error)
            return Reply((Text(line(say("telegram.file_not_fetched", language, limit=limit))),), language)
        return Attachment(upload.name, data, upload.content_type)

    def _manages(self, heard: Heard) -> Manages:
        async def manages(ask: Ask) -> bool:
            if heard.manages is not None:
                return heard.manages
            return await self.managing.is_administrator(ask.chat, ask.user)

        return manages

    async def _apologize(self, update: Update) -> None:
        with suppress(Exception):
            event = event_of(update, self.me, self.clock())
            if isinstance(event, Heard):
                language = reply_language(event.ask, self.store)
                text = say("telegram.failed", language)
                await self.answering.respond(Reply((Text(line(text)),), language), event.ask.chat)
