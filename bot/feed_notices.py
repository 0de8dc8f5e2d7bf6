"""Tells those who run the bot of sources that died, ended or moved, and of what people proposed.

What is to be told is a mark on the row; it is taken off when some administrator's chat took the
message. Where no door is open to one, it stays in /feeds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from bot.alarm import private_chats
from bot.app import App
from handlers.feed_cards import notice, proposed
from handlers.message import Reply
from store.model import Chat, Language

_AT_ONCE = 5  # messages in one go: the rest comes with the next


async def tell_admins(app: App) -> int:
    """Send what is still to be told; returns how many things were."""
    feeds = app.store.feeds
    if feeds is None:
        return 0
    noticed = [each for each in feeds.feeds() if each.notice][:_AT_ONCE]
    proposals = [each for each in feeds.submissions() if not each.told][:_AT_ONCE]
    admins = await private_chats(app) if noticed or proposals else []
    if not admins:
        return 0
    count = 0
    for feed in noticed:
        if await _said(app, admins, partial(notice, feed)):
            current = feeds.feed(feed.id)
            if current is not None:
                feeds.put([replace(current, told=feed.notice, notice="")])
            count += 1
    for wanted in proposals:
        if await _said(app, admins, partial(proposed, wanted)):
            feeds.told_of(wanted.id)
            count += 1
    return count


async def _said(app: App, admins: list[Chat], made: Callable[[Language], Reply]) -> bool:
    """Whether the message reached at least one of them."""
    reached = False
    for chat in admins:
        door = app.doors[chat.platform]
        subscriber = app.store.ledger.subscriber(chat)
        language = (subscriber.language if subscriber else None) or app.settings.language
        part = door.parts(made(language))[0]
        outcome = await door.send(chat, part, first="")
        reached = reached or outcome.kind in ("sent", "unknown")
    return reached
