"""Tells those who run the bot of sources that died, ended or moved, and of what people proposed; and
those who proposed it what became of it.

What is to be told is a mark on the row; it is taken off when some administrator's chat took the
message. Where no door is open to one, it stays in /feeds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

from bot.alarm import private_chat, private_chats
from bot.app import App
from handlers.feed_cards import decided, notice, proposed
from handlers.message import Reply
from store.feeds import Submission, SubmissionState
from store.model import Chat, Language

_AT_ONCE = 5  # messages in one go: the rest comes with the next
_NEWS = timedelta(days=1)  # what could not be said so long is no news any more


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


async def tell_proposers(app: App) -> None:
    """Say what was decided to each proposer who can be reached in private: a group need not know."""
    feeds = app.store.feeds
    if feeds is None:
        return
    settled = (*feeds.submissions(SubmissionState.APPROVED), *feeds.submissions(SubmissionState.REJECTED))
    for wanted in [each for each in settled if not each.answered][:_AT_ONCE]:
        old = wanted.decided_at is None or app.clock() - wanted.decided_at > _NEWS
        if old or await _answered(app, wanted):
            feeds.answered(wanted.id)


async def _answered(app: App, wanted: Submission) -> bool:
    """Whether nothing is left to say to a proposer: it was said, or there is no way to say it."""
    platform, person = wanted.chat.platform, wanted.user
    if platform == "slack":
        person = f"{wanted.chat.tenant}/{person}"
    chat = await private_chat(app, f"{platform}:{person}") if wanted.user else None
    if chat is None:
        return platform == "slack"  # it was looked for
    door = app.doors[platform]
    part = door.parts(decided(wanted, wanted.language or app.settings.language))[0]
    outcome = await door.send(chat, part, first="")
    return outcome.kind not in {"not_sent", "wait", "dead"}
