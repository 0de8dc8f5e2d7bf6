"""How an answer goes out: to the one who asked, to everybody, into a thread, or in place.

    command   to the one who asked; with "share", and a digest, to everybody
    mention   to everybody, in the thread that it came from
    direct    in the conversation
    press     in place where the reply says so, else to the one who pressed; "Share" to everybody

In a direct conversation everything stays to be seen. A response_url takes five messages.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from bot.slack_blocks import Json
from bot.slack_files import slacks_own
from bot.slack_inbound import Incoming
from bot.slack_render import flat, parts
from bot.slack_send import TROUBLE, Sender, judge
from bot.slack_share import Offer, credited, offered, shareable
from bot.slack_words import for_slack, typed_as
from handlers.buttons import opened, payload
from handlers.door import Outcome
from handlers.message import File, Note, Reply, Text, line
from handlers.words import say
from store.model import Chat

if TYPE_CHECKING:
    import aiohttp

log = logging.getLogger(__name__)

HOOK_USES = 5
ALT = 1_000  # characters of a picture in words
_TITLE = 80
_TRIES = 3  # for an answer that Slack asks us to hold back a little
_PATIENCE = 30.0  # seconds: who asked has gone after that
_QUIET: Json = {"mrkdwn": False, "unfurl_links": False, "unfurl_media": False}


@dataclass(frozen=True, slots=True)
class Answers:
    """Ways out of one workspace. `pause` waits; `host` is that of the base that was set, `umbrella` the
    command that takes every command."""

    sender: Sender
    session: aiohttp.ClientSession
    pause: Callable[[float], Awaitable[None]]
    host: str
    umbrella: str

    async def give(self, came: Incoming, chat: Chat, reply: Reply, *, private: bool, inside: bool) -> None:
        """Say `reply` to who asked; `inside` = the bot is in that conversation."""
        reply = for_slack(reply, self.umbrella)
        command = self.command(came, chat)
        may = inside and not private and shareable(command, reply)
        sharing = may and came.share and came.kind == "press"
        everybody = private or sharing or (inside and _public(came, reply))
        if reply.file is not None:
            reply = await self._with_file(came, chat, reply, reply.file, shared=everybody)
        if not reply.blocks:
            return
        offer = offered(came, command, reply.language) if may else None
        if sharing:
            await self._shared(came, chat, reply, command)
        elif came.kind == "press" and reply.replace and await self._in_place(came, chat, reply, offer=offer):
            return
        elif private or (everybody and not reply.whisper):
            await self._said(chat, reply, parts(reply), came.thread, private=private)
        else:
            await self._alone(came, chat, reply, offer=offer, inside=inside)

    # to everybody

    async def _said(
        self, chat: Chat, reply: Reply, messages: Sequence[str], thread: str, *, private: bool
    ) -> Outcome:
        """Post the messages; what follows a first one in a channel goes into its thread. The outcome
        of the last that was tried.
        """
        first = thread
        for number, part in enumerate(messages):
            if number:
                await self.pause(1.0)
            outcome = await self.post(chat, part, first=first)
            if outcome.kind != "sent":
                log.warning("slack: an answer was not posted: %s %s", outcome.kind, outcome.detail)
                break
            if not first and (reply.summary or not private):
                first = outcome.message_id
        return outcome

    async def _shared(self, came: Incoming, chat: Chat, reply: Reply, command: str) -> None:
        """Post an answer as the one who pressed "Share" asked for it, and say in its place that it is
        done, or why not.
        """
        asked = typed_as(command, self.umbrella)
        messages = credited(parts(reply), came.user, asked, reply.language)
        outcome = await self._said(chat, reply, messages, came.thread, private=False)
        words = say("slack.share.done", reply.language)
        if outcome.kind != "sent":
            reason = say(outcome.reason, reply.language)
            words = say("slack.share.failed", reply.language, reason=reason)
        told = Reply((Text(line(words)),), reply.language)
        if not await self._in_place(came, chat, told):
            await self._ephemeral(came, chat, flat(told))

    def command(self, came: Incoming, chat: Chat) -> str:
        """What was asked, as a command; of a press, what stands behind it."""
        if came.kind != "press":
            return came.text
        return opened(came.text, chat, self.sender.clock(), self.sender.store.ledger).command

    async def post(self, chat: Chat, part: str, *, first: str) -> Outcome:
        """Post one part, patiently where Slack asks to wait a moment."""
        for _ in range(_TRIES):
            outcome = await self.sender.send(chat, part, first=first)
            if outcome.kind != "wait" or outcome.seconds > _PATIENCE:
                break
            await self.pause(outcome.seconds)
        return outcome

    # to the one who asked

    async def _alone(
        self, came: Incoming, chat: Chat, reply: Reply, *, offer: Offer | None, inside: bool
    ) -> None:
        if not came.response_url:
            await self._ephemeral(came, chat, flat(reply), offer=offer, inside=inside)
            return
        messages = flat(reply)
        if len(messages) > HOOK_USES:
            cut = Reply((Text(line(say("slack.cut", reply.language))),), reply.language)
            messages = (*messages[: HOOK_USES - 1], *flat(cut))
        kind = "in_channel" if came.share and not reply.whisper else "ephemeral"
        thread = {"thread_ts": came.thread} if came.thread else {}
        for number, message in enumerate(self._made(chat, messages, offer)):
            body = {**message, "response_type": kind, "replace_original": False, **thread}
            if not await self._hook(came.response_url, body):
                await self._ephemeral(came, chat, messages[number:], offer=offer, inside=inside)
                return

    async def _ephemeral(
        self,
        came: Incoming,
        chat: Chat,
        messages: Sequence[str],
        *,
        offer: Offer | None = None,
        inside: bool = True,
    ) -> None:
        """Without a response_url: a whisper in the channel, or a message to the person."""
        if not inside:
            direct = await self.direct(came.user)
            for part in messages if direct else ():
                await self.post(replace(chat, id=direct), part, first="")
            return
        for message in self._made(chat, messages[:HOOK_USES], offer):
            try:
                await self.sender.client.chat_postEphemeral(
                    channel=chat.id,
                    user=came.user,
                    text=message["text"],
                    blocks=message["blocks"] or None,
                    thread_ts=came.thread or None,
                    parse="none",
                    link_names=False,
                )
            except TROUBLE as error:
                log.warning("slack: a whisper in %s was not posted: %s", chat, judge(error).detail)
                return

    def _made(self, chat: Chat, messages: Sequence[str], offer: Offer | None) -> list[Json]:
        """The messages as they are sent, with what is offered below the last."""
        made = [self.sender.message(chat, part) for part in messages]
        if offer is not None:
            value = payload(offer.button, chat, self.sender.store, self.sender.clock())
            made[-1] = offer.below(made[-1], value)
        return made

    # in place

    async def _in_place(
        self, came: Incoming, chat: Chat, reply: Reply, *, offer: Offer | None = None
    ) -> bool:
        """Change the pressed message into the answer; False when that cannot be done. What everybody sees
        already is not offered to be shown to everybody.
        """
        messages = flat(reply)
        if len(messages) > 1:
            return False
        [message] = self._made(chat, messages, offer if came.ephemeral else None)
        if came.response_url and await self._hook(came.response_url, {**message, "replace_original": True}):
            return True
        if came.ephemeral:
            return False
        outcome = await self.sender.update(chat.id, came.message_ts, message)
        if outcome.kind != "sent":
            log.info("slack: chat.update: %s", outcome.detail)
        return outcome.kind == "sent"

    async def _hook(self, url: str, body: Json) -> bool:
        """Post to a response_url. False = it certainly did not take it."""
        from slack_sdk.webhook.async_client import AsyncWebhookClient

        if not slacks_own(url, self.host):
            log.warning("slack: a response_url points elsewhere")
            return False
        client = AsyncWebhookClient(url, session=self.session, retry_handlers=[])
        client.proxy = self.sender.client.proxy
        try:
            answer = await client.send_dict({**_QUIET, **body})
        except TROUBLE as error:
            outcome = judge(error)
            log.warning("slack: response_url: %s", outcome.detail)
            return outcome.kind != "not_sent"
        if answer.status_code >= 400:
            log.info("slack: response_url: HTTP %d %s", answer.status_code, str(answer.body)[:80])
        return answer.status_code < 400

    # files

    async def _with_file(
        self, came: Incoming, chat: Chat, reply: Reply, file: File, *, shared: bool
    ) -> Reply:
        """Hand the file over where the answer goes; Slack has no files that one person sees in a
        channel, so a whispered answer's goes into the direct conversation, and the reply says so.
        """
        channel = chat.id if shared else await self.direct(came.user)
        done = bool(channel) and await self._upload(channel, file, came.thread if shared else "")
        if done and shared:
            return reply
        if not done and file.alt:  # a picture whose numbers stand in the text
            return reply
        note = Note(line(say("slack.file_sent" if done else "slack.file_failed", reply.language)))
        return replace(reply, blocks=(*reply.blocks, note), whisper=True)

    async def _upload(self, channel: str, file: File, thread: str) -> bool:
        upload: dict[str, Any] = {"file": file.data, "filename": file.name, "title": file.name}
        if file.alt:
            upload |= {"alt_txt": file.alt[:ALT], "title": file.alt[:_TITLE]}
        try:
            await self.sender.client.files_upload_v2(channel=channel, thread_ts=thread or None, **upload)
        except TROUBLE as error:
            log.warning("slack: a file was not taken: %s", judge(error).detail)
            return False
        return True

    async def direct(self, user: str) -> str:
        """The direct conversation with a user, "" when there is none to be had."""
        try:
            answer = await self.sender.client.conversations_open(users=user)
            channel: dict[str, Any] = answer["channel"]
            return str(channel["id"])
        except TROUBLE as error:
            log.info("slack: conversations.open: %s", judge(error).detail)
            return ""


def _public(came: Incoming, reply: Reply) -> bool:
    """Whether everybody in the channel may see an answer at once."""
    if reply.whisper or came.kind == "press":
        return False
    return came.kind == "mention" or came.share or bool(reply.summary)
