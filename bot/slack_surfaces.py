"""Slack's own surfaces of one workspace: the Home tab, forms and answers in modals.

Nothing here decides: a form's values become the commands that a person could have typed, and an
answer is the same Reply as anywhere. What Slack refuses to open (a trigger lives for three seconds)
falls back to the answer in words.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

from bot.slack_answer import Answers
from bot.slack_blocks import Json
from bot.slack_home import Home, view as home_view
from bot.slack_inbound import LOOK_UP, Incoming
from bot.slack_people import People
from bot.slack_render import flat
from bot.slack_send import TROUBLE, judge
from bot.slack_views import (
    ANSWER,
    CHANNEL,
    HOME,
    NAME,
    answer_view,
    errors,
    form_view,
    look_up_view,
    seal,
    sealed,
    update,
)  # fmt: skip
from bot.slack_words import for_slack, typed_as
from handlers.answer import may_change
from handlers.commands import named
from handlers.forms import FORMS, FormName, form, problems, typed
from handlers.language import reply_language
from handlers.message import Ask, Manages, Note, Reply, Text, line
from handlers.words import say
from store.bundle import Store
from store.model import Chat, SubscriberState

log = logging.getLogger(__name__)

IN_TIME = 2.0  # seconds for what an acknowledgement waits for; Slack waits three
_REMEMBERED = 4_096  # people who have looked at their Home tab

Asking = Callable[[Incoming, Chat], Awaitable[Ask]]
Answer = Callable[[Ask, Manages], Awaitable[Reply | None]]


@dataclass(frozen=True, slots=True)
class Surfaces:
    """`asking` makes the Ask of a delivery, `answer` answers it, `tenant` names the workspace."""

    store: Store
    answers: Answers
    people: People
    asking: Asking
    answer: Answer
    tenant: str
    looked: OrderedDict[str, str] = field(default_factory=OrderedDict)  # person: direct conversation

    async def took(self, came: Incoming, chat: Chat) -> bool:
        """Do what is Slack's own business; False where it is to be answered as anything else is."""
        if came.view and not self.trusted(came):
            await self.out_of_date(came)
        elif came.kind == "pick":
            await self.picked(came)
        elif came.kind == "form":
            await self._form_or_words(came, chat)
        elif came.kind == "shortcut" and came.name == LOOK_UP:
            await self.open_look_up(came)
        else:
            return await self._form_instead(came, chat)
        return True

    async def _form_instead(self, came: Incoming, chat: Chat) -> bool:
        """A command without arguments as a form. "/subscribe" by its own name, and a button of it, do
        it at once.
        """
        if came.kind not in {"command", "press"} or came.share:
            return False
        name = form_of(self.answers.command(came, chat))
        at_once = name == "subscribe" and (came.kind == "press" or came.name == "/subscribe")
        return bool(name) and not at_once and await self.open_form(came, chat, name)

    async def _form_or_words(self, came: Incoming, chat: Chat) -> None:
        """The form of a chat that the Home tab lists; where it does not open, what to type instead."""
        if await self.open_form(came, self._chat(came.values[CHANNEL]), came.name):
            return
        language = reply_language(await self.asking(came, chat), self.store)
        words = say("slack.form.not_opened", language, command=f"{self.answers.umbrella} {came.name}")
        told = Reply((Text(line(words)), Note(line(say("slack.managers", language)))), language)
        await self.answers.give(came, chat, told, private=True, inside=True)

    # what came out of a view

    def trusted(self, came: Incoming) -> bool:
        """Whether a view that something came from is ours, for this person and channel."""
        return sealed(came, self._chat(came.channel), self.store, self.answers.sender.clock())

    async def out_of_date(self, came: Incoming) -> None:
        """Say so in a view, never silence."""
        if not await self.show(came, self._chat(came.channel), await self._stale(came)):
            log.info("slack: a view that is not ours, or too old")

    async def _stale(self, came: Incoming) -> Reply:
        language = reply_language(await self.asking(came, self._chat(came.channel)), self.store)
        return Reply((Text(line(say("slack.form.stale", language))),), language)

    def asked_in(self, came: Incoming) -> Incoming:
        """A filled-in form as asked in the channel that was picked."""
        return replace(came, channel=came.values.get(CHANNEL) or came.channel)

    def texts(self, came: Incoming) -> tuple[str, ...]:
        """What was asked, as commands: a form may stand for several."""
        return typed(_form_name(came.form), came.values) if came.kind == "submit" else (came.text,)

    # forms

    async def open_form(self, came: Incoming, chat: Chat, name: str) -> bool:
        """Show the form in a modal; False where this person may not change the chat or it cannot be
        opened.
        """
        if not came.trigger or name not in FORMS:
            return False
        ask = await self.asking(came, chat)
        if not await may_change(ask, self.store, self.manages):
            return False
        made = form_view(form(_form_name(name), ask, self.store), self._seal(name, chat, came.user))
        return await self._opened(came, made)

    async def open_look_up(self, came: Incoming) -> bool:
        """Show a box for a company's name."""
        chat = self._chat(came.channel or await self.answers.direct(came.user))
        language = reply_language(await self.asking(came, chat), self.store)
        return await self._opened(came, look_up_view(language, self._seal(LOOK_UP, chat, came.user)))

    async def picked(self, came: Incoming) -> None:
        """Another channel was picked in a form: show its values."""
        chat = self._chat(came.text)
        if came.form in FORMS and came.text:
            ask = await self.asking(came, chat)
            shown = form(_form_name(came.form), ask, self.store)
            await self._update(came, form_view(shown, self._seal(came.form, chat, came.user)))

    async def checked(self, came: Incoming) -> tuple[bool, str]:
        """Look at a view that was sent, within the time of its acknowledgement: whether it is to be
        kept and worked on, and the acknowledgement's body.
        """
        chat = self._chat(came.channel)
        try:
            async with asyncio.timeout(IN_TIME):
                if not self.trusted(came):
                    return False, _json(update(self._answer_view(came, chat, await self._stale(came))))
                if came.form == LOOK_UP:
                    return False, _json(await self._looked_up(came, chat))
                found = await self._problems(came)
        except TimeoutError:
            if came.form in FORMS:
                return True, ""  # what this could not look at, the answer will say
            slow = say("slack.form.slow", self.store.defaults.language)
            return False, _json(errors({NAME: slow}, ""))
        return not found, _json(errors(found, came.channel)) if found else ""

    async def _problems(self, came: Incoming) -> dict[str, str]:
        chat = self._chat(self.asked_in(came).channel)
        ask = await self.asking(came, chat)
        language = reply_language(ask, self.store)
        umbrella = self.answers.umbrella
        wrong = problems(_form_name(came.form), came.values, language)
        found = {field: typed_as(words, umbrella) for field, words in wrong.items()}
        if await self.people.place(chat.id) == "closed":
            found[CHANNEL] = say("slack.form.closed", language, bot=f"@{umbrella.lstrip('/')}")
        elif not await may_change(ask, self.store, self.manages):
            found[CHANNEL] = say("slack.managers", language)
        return found

    async def _looked_up(self, came: Incoming, chat: Chat) -> Json:
        text = came.values.get(NAME, "").strip()
        asked = replace(came, kind="typed", text=f"/company {text}")
        ask = await self.asking(asked, chat)
        reply = await self.answer(ask, self.manages) if text else None
        if reply is None:
            return errors({NAME: say("form.missing", reply_language(ask, self.store))}, "")
        return update(self._answer_view(came, chat, reply))

    # answers

    async def shown(self, came: Incoming, chat: Chat, reply: Reply) -> bool:
        """Whether an answer was shown in a modal, because it was asked from a view or a shortcut."""
        if came.kind == "submit" or not (came.view or came.kind == "shortcut"):
            return False
        return await self.show(came, chat, reply)

    async def show(self, came: Incoming, chat: Chat, reply: Reply) -> bool:
        """Show an answer in the modal that it was asked from, or in a new one; False where that cannot
        be done.
        """
        if reply.file is not None and not reply.file.alt:
            return False
        made = self._answer_view(came, chat, reply)
        if came.view and not came.home:
            return await self._update(came, made)
        return bool(came.trigger) and await self._opened(came, made)

    def _answer_view(self, came: Incoming, chat: Chat, reply: Reply) -> Json:
        messages = flat(for_slack(reply, self.answers.umbrella))
        message = self.answers.sender.message(chat, messages[0])
        metadata = self._seal(ANSWER, chat, came.user)
        return answer_view(message, reply.language, metadata, more=len(messages) > 1)

    # the Home tab

    async def opened_home(self, came: Incoming, chat: Chat) -> None:
        """Somebody looks at the Home tab: show it as things are now."""
        self.looked[came.user] = chat.id
        self.looked.move_to_end(came.user)
        if len(self.looked) > _REMEMBERED:
            self.looked.popitem(last=False)
        await self._publish(came, chat)

    async def refresh(self, came: Incoming) -> None:
        """Show it again to somebody who has looked at it and has changed something."""
        if came.user in self.looked:
            await self._publish(came, self._chat(self.looked[came.user]))

    async def _publish(self, came: Incoming, chat: Chat) -> None:
        ask = await self.asking(came, chat)
        known = [self.store.ledger.subscriber(self._chat(c)) for c in await self.people.channels(came.user)]
        kept = tuple(one for one in known if one is not None and one.state is not SubscriberState.NONE)
        home = Home(chat, kept, reply_language(ask, self.store), ask.now)
        metadata = self._seal(HOME, chat, came.user)
        shown = home_view(home, self.answers.sender, metadata, umbrella=self.answers.umbrella)
        try:
            await self.answers.sender.client.views_publish(user_id=came.user, view=shown)
        except TROUBLE as error:
            log.warning("slack: views.publish: %s", judge(error).detail)

    # calls

    async def manages(self, ask: Ask) -> bool:
        """handlers.message.Manages on Slack."""
        return ask.private or await self.people.may_manage(ask.user)

    def _chat(self, channel: str) -> Chat:
        return Chat("slack", self.tenant, channel)

    def _seal(self, name: str, chat: Chat, user: str) -> str:
        return seal(name, chat, user, self.store, self.answers.sender.clock())

    async def _opened(self, came: Incoming, made: Json) -> bool:
        client = self.answers.sender.client
        call = client.views_push if came.view and not came.home else client.views_open
        try:
            await call(trigger_id=came.trigger, view=made)
        except TROUBLE as error:
            log.info("slack: a view was not opened: %s", judge(error).detail)
            return False
        return True

    async def _update(self, came: Incoming, made: Json) -> bool:
        try:
            await self.answers.sender.client.views_update(view_id=came.view, view=made)
        except TROUBLE as error:
            log.info("slack: views.update: %s", judge(error).detail)
            return False
        return True


def _json(body: Json) -> str:
    return json.dumps(body, ensure_ascii=False)


def form_of(text: str) -> str:
    """The form that stands for a command without arguments; "" when there is none for it."""
    word = text.strip().lstrip("/／")
    command = named(word) if word else None
    return command.name if command is not None and command.name in FORMS else ""


def _form_name(name: str) -> FormName:
    return "subscribe" if name == "subscribe" else "settings"
