"""Inline mode: "@bot 메이투안" in any chat offers cards to send.

A query lives for seconds and changes nothing, so it is not kept in the inbox: one that is lost, late
or too many is simply not answered, and the next letter asks again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQuery,
    InlineQueryResultArticle,
    InlineQueryResultsButton,
    InputTextMessageContent,
)
from telegram.error import TelegramError

from bot import telegram_render as render
from bot.telegram_form import text_of
from bot.telegram_inbound import Me
from bot.telegram_links import deep_link
from bot.telegram_text import safe_url
from handlers.deep_links import code_of
from handlers.message import Ask, Block, Button, Buttons, Card, Reply
from handlers.offers import Offer, Offers, offers
from handlers.words import say
from store.bundle import Store

log = logging.getLogger(__name__)

AT_ONCE = 64  # queries in hand; more are left unanswered
_FRESH, _UNKNOWN = 60, 10  # seconds that the platform may answer the same query by itself
_LABEL = 64  # of the button above the results


class Inline:
    def __init__(self, bot: Bot, store: Store, clock: Callable[[], datetime], *, me: Me) -> None:
        self.bot, self.store, self.clock, self.me = bot, store, clock, me
        self.tasks: set[asyncio.Task[None]] = set()

    def begin(self, raw: Mapping[str, Any]) -> None:
        """Answer an inline query beside everything else; never raises."""
        if len(self.tasks) >= AT_ONCE:
            return
        task = asyncio.create_task(self._answered(raw))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _answered(self, raw: Mapping[str, Any]) -> None:
        try:
            query = InlineQuery.de_json(dict(raw["inline_query"]), self.bot)
            await self._answer(query)
        except TelegramError as error:
            log.info("an inline query was not answered: %s", error)
        except Exception:
            log.exception("an inline query could not be answered")

    async def _answer(self, query: InlineQuery) -> None:
        user = str(query.from_user.id)
        ask = Ask(
            query.query,
            self.me.chat(query.from_user.id),
            self.clock(),
            user=user,
            client_language=query.from_user.language_code or "",
        )
        found = await offers(ask, self.store, offset=query.offset)
        # Personal, because it is in the person's own language and knows what he follows.
        await self.bot.answer_inline_query(
            query.id,
            [article(each, self.me.username) for each in found.offers],
            cache_time=_UNKNOWN if found.words else _FRESH,
            is_personal=True,
            next_offset=found.next,
            button=_opens(found),
        )


def article(offer: Offer, me: str) -> InlineQueryResultArticle:
    """One result: what is sent is the first message that the reply becomes, its buttons as links."""
    part = render.loads(render.parts(for_anywhere(offer.reply, me))[0])
    rows = [[InlineKeyboardButton(b.label, url=b.url) for b in row if b.url] for row in part.rows]
    rows = [row for row in rows if row]
    return InlineQueryResultArticle(
        offer.id,
        offer.title or offer.id,
        InputTextMessageContent(
            part.html or part.plain,
            parse_mode="HTML" if part.html else None,
            link_preview_options=text_of(part)["link_preview_options"],
        ),
        reply_markup=InlineKeyboardMarkup(rows) if rows else None,
        description=offer.about or None,
        thumbnail_url=safe_url(offer.picture) or None,
    )


def for_anywhere(reply: Reply, me: str) -> Reply:
    """The reply for a chat that the bot is not in: a button there cannot be pressed, so that each is
    a link to the same in the bot's own chat, and what no link can open is left out.
    """
    blocks = tuple(_linked(block, me) for block in reply.blocks)
    if not reply.link or not me:
        return replace(reply, blocks=blocks)
    opens = Button(say("telegram.inline.open", reply.language), url=deep_link(me, reply.link))
    return replace(reply, blocks=(*blocks, Buttons((opens,))))


def _linked(block: Block, me: str) -> Block:
    if not isinstance(block, Buttons | Card):
        return block
    coded = ((button.label, code_of(button.command)) for button in block.buttons)
    links = tuple(Button(label, url=deep_link(me, code)) for label, code in coded if code and me)
    return replace(block, buttons=links)


def _opens(found: Offers) -> InlineQueryResultsButton:
    text = found.words or say("telegram.inline.open", found.language)
    return InlineQueryResultsButton(text[:_LABEL], start_parameter="inline")
