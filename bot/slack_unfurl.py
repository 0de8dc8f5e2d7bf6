"""Unfurling: our own links, posted by somebody, shown as what they lead to."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote, urlsplit

from bot.slack_blocks import Json
from bot.slack_inbound import Incoming
from bot.slack_render import fitting, flat
from bot.slack_send import TROUBLE, Sender, judge
from handlers.message import Ask, Buttons, Card, Manages, Reply
from store.model import Chat

log = logging.getLogger(__name__)

MOST = 5  # links of one message
BLOCKS = 6  # of what one leads to
_ROOM = 6_000  # characters of its JSON
_LONGEST = 80  # characters of an id in a link
_COMMANDS = {"c": "/company id:{id}", "s": "/story {id}", "e": "/digest {id}"}


@dataclass(frozen=True, slots=True)
class Unfurls:
    """`base` is the address that our pages are at ("" = nowhere)."""

    sender: Sender
    answer: Callable[[Ask, Manages], Awaitable[Reply | None]]
    base: str

    async def shared(self, came: Incoming, chat: Chat, ask: Ask) -> None:
        """Show what the links of a message lead to; those that lead nowhere stay as they are."""
        shown: dict[str, Json] = {}
        for url, command in links(came.event, self.base):
            reply = await self.answer(replace(ask, text=command, private=False), _nobody)
            if reply is not None and not _refused(reply):
                shown[url] = {"blocks": self._blocks(reply, chat)}
        shown = {url: one for url, one in shown.items() if one["blocks"]}
        if not shown:
            return
        place: Json = {"channel": came.channel, "ts": str(came.event.get("message_ts") or "")}
        if came.event.get("unfurl_id"):
            place = {name: str(came.event.get(name) or "") for name in ("source", "unfurl_id")}
        try:
            await self.sender.client.chat_unfurl(unfurls=shown, **place)
        except TROUBLE as error:
            log.info("slack: chat.unfurl: %s", judge(error).detail)

    def _blocks(self, reply: Reply, chat: Chat) -> list[Json]:
        """The beginning of an answer, without what would be pressed or fetched."""
        plain = (block for block in (reply.summary or reply.blocks) if not isinstance(block, Buttons))
        bare = tuple(replace(block, buttons=()) if isinstance(block, Card) else block for block in plain)
        message = self.sender.message(chat, flat(replace(reply, blocks=bare, summary=()))[0])
        return fitting([block for block in message["blocks"] if block["type"] != "image"][:BLOCKS], _ROOM)


def links(event: Mapping[str, Any], base: str) -> Iterator[tuple[str, str]]:
    """Our own links of a link_shared event, each once, with the command that shows what they lead to."""
    given = event.get("links")
    seen: set[str] = set()
    for link in given if isinstance(given, list) and base else ():
        url = link.get("url") if isinstance(link, Mapping) else None
        command = command_of(url, base) if isinstance(url, str) else ""
        if command and url not in seen and len(seen) < MOST:
            seen.add(str(url))
            yield str(url), command


def command_of(url: str, base: str) -> str:
    """The command for BASE/c/COMPANY, BASE/s/STORY or BASE/e/EDITION; "" for any other address."""
    try:
        own, given = urlsplit(base), urlsplit(url)
        same = (own.scheme, own.hostname, own.port) == (given.scheme, given.hostname, given.port)
    except ValueError:
        return ""
    root = own.path.rstrip("/")
    if not same or not given.path.startswith(f"{root}/"):
        return ""
    kind, _, name = given.path[len(root) + 1 :].partition("/")
    name = unquote(name).strip("/")
    sound = 0 < len(name) <= _LONGEST and all(c.isalnum() or c in "-_." for c in name)
    return _COMMANDS[kind].format(id=name) if sound and kind in _COMMANDS else ""


def _refused(reply: Reply) -> bool:
    """Whether there is nothing to show: no such company, story or edition, or too many questions."""
    return not {"company", "story", "edition"} & reply.tags.keys() or "refused" in reply.tags


async def _nobody(ask: Ask) -> bool:
    del ask
    return False
