"""/submit: anybody proposes an address; those who run the bot decide."""

from __future__ import annotations

from handlers.answer import arguments, excerpt
from handlers.errors import Refusal
from handlers.feed_parsed import ADDRESS
from handlers.feeds_cmd import kept_feeds
from handlers.language import reply_language
from handlers.lookup import first, small
from handlers.message import Ask, Reply
from handlers.newsletter.links import canonical_url
from store.bundle import Store
from store.feeds import Entry, Submission

_EACH, _ALL = 5, 200  # proposals of one person, and of all, that may wait


async def submit(ask: Ask, store: Store) -> Reply:
    """Keep a proposal; nothing is fetched before somebody approved it."""
    held, spoken = kept_feeds(store), reply_language(ask, store)
    given = arguments(ask)
    address = canonical_url(given)
    if address is None or not given.lower().startswith("http") or len(given) > ADDRESS or " " in given:
        raise Refusal("submit.bad_url", found=excerpt(given))
    if held.knows(Entry("", "", "", given, address, "", "", ask.now)):
        raise Refusal("submit.known")
    waiting = held.submissions()
    known = next((each for each in waiting if each.url == address), None)
    mine = sum(each.user == ask.user and each.chat.platform == ask.chat.platform for each in waiting)
    if known is None and (mine >= _EACH or len(waiting) >= _ALL):
        raise Refusal("submit.too_many", limit=_EACH)
    held.submit(Submission("", address, ask.chat, ask.user, ask.now, language=spoken))
    return Reply((first("submit.thanks", spoken), small("submit.thanks_how", spoken)), spoken, whisper=True)
