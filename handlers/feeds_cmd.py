"""/feeds and /feed: the sources that are read by themselves, for those who run the bot."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime

from handlers.answer import arguments, excerpt
from handlers.chat_settings import audit, button, reply
from handlers.errors import Refusal
from handlers.feed_cards import actions, card, found, name_of, proposal, row, zone_of
from handlers.feed_lists import defaults, from_opml, to_opml
from handlers.feed_parsed import ADDRESS, TEXT, TITLE
from handlers.feed_text import cut
from handlers.language import reply_language
from handlers.lookup import first, moved_note, pager, small, take_page, told, window
from handlers.message import Ask, Block, File, Reply
from handlers.newsletter.links import canonical_url
from store.bundle import Store
from store.feeds import Entry, Feed, Feeds, FeedState, Submission, SubmissionState

_PAGE = 8
_PROPOSALS = 5

Verb = Callable[[Ask, Store, Feeds, str], Awaitable[Reply]]


def kept_feeds(store: Store) -> Feeds:
    """The feeds of this store. Raises Refusal where none are kept."""
    if store.feeds is None:
        raise Refusal("feed.none_here")
    return store.feeds


async def feeds(ask: Ask, store: Store) -> Reply:
    """Every source and how it is: what fails first, then the others; "export" gives the list."""
    held, spoken = kept_feeds(store), reply_language(ask, store)
    rest, page = take_page(arguments(ask))
    if rest.lower() == "export":
        return await _export(ask, store, held, "")
    if rest and not rest.isdecimal():
        raise Refusal("feed.bad_page", found=excerpt(rest))
    every = sorted(held.feeds(), key=lambda feed: (feed.state != FeedState.GONE, -feed.fails, int(feed.id)))
    if not every:
        ways = (button("feed.button_defaults", spoken, "/feed add defaults"),)
        return reply(spoken, told("feed.none", spoken), *_waiting(held, ask, store), buttons=ways)
    at = window(len(every), page or (int(rest) if rest else None), _PAGE)
    failing = sum(feed.fails > 0 or feed.state == FeedState.GONE for feed in every)
    zone = zone_of(ask, store)
    blocks: list[Block] = [first("feed.count", spoken, count=len(every), failing=failing)]
    blocks += moved_note(at, spoken)
    blocks += [row(feed, spoken, zone) for feed in every[at.offset : at.offset + _PAGE]]
    if at.page == 1:
        blocks += _waiting(held, ask, store)
    blocks.append(small("feed.how", spoken))
    return reply(spoken, *blocks, buttons=tuple(pager("/feeds", at, spoken)))


def _waiting(held: Feeds, ask: Ask, store: Store) -> list[Block]:
    spoken = reply_language(ask, store)
    return [block for each in held.submissions()[:_PROPOSALS] for block in proposal(each, spoken)]


async def feed(ask: Ask, store: Store) -> Reply:
    """One source: shown, added, paused, resumed, removed, tested; a proposal approved or rejected."""
    held = kept_feeds(store)
    word, _, rest = arguments(ask).partition(" ")
    verb = _VERBS.get(word.lower())
    if verb is not None:
        return await verb(ask, store, held, rest.strip())
    if word.lower().startswith(("http://", "https://")):
        return await _add(ask, store, held, word)
    if not word:
        return await feeds(replace(ask, text="/feeds"), store)
    return await _show(ask, store, held, word)


def _one(held: Feeds, given: str) -> Feed:
    """The feed that is meant by number or address. Raises Refusal."""
    known = held.feed(given.lstrip("#")) or held.feed_at(given)
    if known is None:
        raise Refusal("feed.unknown" if given else "feed.which", found=excerpt(given))
    return known


async def _show(ask: Ask, store: Store, held: Feeds, given: str) -> Reply:
    spoken, known = reply_language(ask, store), _one(held, given)
    entries = held.entries_of(known.id, limit=3)
    blocks: list[Block] = [*card(known, spoken, zone_of(ask, store))]
    blocks += [told("feed.entry", spoken, title=cut(entry.title or entry.text, 80)) for entry in entries]
    return reply(spoken, *blocks, buttons=actions(known, spoken))


async def _add(ask: Ask, store: Store, held: Feeds, given: str) -> Reply:
    """Look first, then keep: what cannot be read is not kept."""
    spoken = reply_language(ask, store)
    if given.lower() == "defaults":
        return _added(ask, store, held, defaults(ask.now))
    if canonical_url(given) is None or len(given) > ADDRESS or store.look is None:
        raise Refusal("feed.bad_url", found=excerpt(given))
    if (known := held.feed_at(given)) is not None:
        raise Refusal("feed.known", number=known.id, name=name_of(known))
    seen = await store.look(given)
    new = Feed("", seen.url, title=seen.title, language=seen.language, added_at=ask.now, next_at=ask.now)
    added = held.add([new])
    if not added:
        known = _one(held, seen.url)
        raise Refusal("feed.known", number=known.id, name=name_of(known))
    audit(ask, store, what="feed", detail=f"add {added[0].id} {seen.url}")
    blocks: list[Block] = [first("feed.added", spoken, number=added[0].id, name=name_of(added[0]))]
    if seen.url != given:
        blocks.append(small("feed.found_behind", spoken, url=seen.url))
    return reply(spoken, *blocks, *found(seen, spoken)[1:], buttons=actions(added[0], spoken))


async def _import(ask: Ask, store: Store, held: Feeds, _given: str) -> Reply:
    if ask.attachment is None:
        raise Refusal("feed.file")
    return _added(ask, store, held, from_opml(ask.attachment.data, ask.now))


def _added(ask: Ask, store: Store, held: Feeds, wanted: tuple[Feed, ...]) -> Reply:
    added = held.add(wanted)
    audit(ask, store, what="feed", detail=f"add {len(added)} feeds")
    spoken = reply_language(ask, store)
    known = len(wanted) - len(added)
    return reply(
        spoken,
        first("feed.imported", spoken, count=len(added), known=known),
        buttons=(button("feed.button_list", spoken, "/feeds"),),
    )


async def _export(ask: Ask, store: Store, held: Feeds, _given: str) -> Reply:
    spoken, every = reply_language(ask, store), held.feeds()
    file = File("feeds.opml", to_opml(every, "Jianbao"), "text/x-opml")
    return Reply((told("feed.exported", spoken, count=len(every)),), spoken, file=file)


async def _pause(ask: Ask, store: Store, held: Feeds, given: str) -> Reply:
    return _turned(ask, store, held, _one(held, given), FeedState.PAUSED)


async def _resume(ask: Ask, store: Store, held: Feeds, given: str) -> Reply:
    return _turned(ask, store, held, _one(held, given), FeedState.ACTIVE)


def _turned(ask: Ask, store: Store, held: Feeds, known: Feed, state: FeedState) -> Reply:
    spoken = reply_language(ask, store)
    due = ask.now if state == FeedState.ACTIVE else None
    changed = replace(known, state=state, next_at=due, notice="", told="")
    held.put([changed])
    audit(ask, store, what="feed", detail=f"{state} {known.id}")
    key = "feed.resumed" if state == FeedState.ACTIVE else "feed.paused"
    return reply(
        spoken, first(key, spoken, number=known.id, name=name_of(known)), buttons=actions(changed, spoken)
    )


async def _remove(ask: Ask, store: Store, held: Feeds, given: str) -> Reply:
    """A signed button removes; what was typed is asked about."""
    spoken, known = reply_language(ask, store), _one(held, given)
    if not ask.signed:
        sure = button("feed.button_remove", spoken, f"/feed remove {known.id}", signed=True)
        return reply(
            spoken, first("feed.remove_sure", spoken, number=known.id, name=name_of(known)), buttons=(sure,)
        )
    held.remove(known.id)
    audit(ask, store, what="feed", detail=f"remove {known.id} {known.url}")
    return reply(spoken, first("feed.removed", spoken, name=name_of(known)), replace=True)


async def _test(ask: Ask, store: Store, held: Feeds, given: str) -> Reply:
    url = given if given.lower().startswith(("http://", "https://")) else _one(held, given).url
    if store.look is None:
        raise Refusal("feed.bad_url", found=excerpt(given))
    spoken, seen = reply_language(ask, store), await store.look(url)
    blocks = list(found(seen, spoken))
    if seen.url != url:
        blocks.insert(1, small("feed.found_behind", spoken, url=seen.url))
    adding = () if held.feed_at(seen.url) else (button("feed.button_add", spoken, f"/feed add {seen.url}"),)
    return reply(spoken, *blocks, buttons=adding)


# ---- proposals


async def _approve(ask: Ask, store: Store, held: Feeds, given: str) -> Reply:
    """Take a proposed page in as an entry. A page that cannot be read stays a proposal."""
    spoken, wanted = reply_language(ask, store), _proposed(held, given)
    if store.page is None:
        raise Refusal("feed.none_here")
    page = await store.page(wanted.url)
    entry = page_entry(page.text, page.url, ask.now)
    _decide(ask, held, wanted, SubmissionState.APPROVED)
    kept = held.put([], [entry])
    audit(ask, store, what="feed", detail=f"approve {wanted.id} {wanted.url}")
    key = "submit.approved" if kept else "submit.approved_known"
    return reply(spoken, first(key, spoken, title=cut(entry.title, 80)), replace=True)


async def _reject(ask: Ask, store: Store, held: Feeds, given: str) -> Reply:
    spoken, wanted = reply_language(ask, store), _proposed(held, given)
    _decide(ask, held, wanted, SubmissionState.REJECTED)
    audit(ask, store, what="feed", detail=f"reject {wanted.id} {wanted.url}")
    return reply(spoken, first("submit.rejected", spoken, number=wanted.id), replace=True)


def _decide(ask: Ask, held: Feeds, wanted: Submission, state: SubmissionState) -> None:
    """Settle a proposal. Nobody is told of what they decided themselves."""
    if held.decide(wanted.id, state, at=ask.now) is None:
        raise Refusal("submit.decided", number=wanted.id)
    if (ask.chat.platform, ask.chat.tenant, ask.user) == (
        wanted.chat.platform,
        wanted.chat.tenant,
        wanted.user,
    ):
        held.answered(wanted.id)


def _proposed(held: Feeds, given: str) -> Submission:
    wanted = held.submission(given.lstrip("#"))
    if wanted is None:
        raise Refusal("submit.unknown", found=excerpt(given))
    if wanted.state != SubmissionState.WAITING:
        raise Refusal("submit.decided", number=wanted.id)
    return wanted


def page_entry(text: str, url: str, now: datetime) -> Entry:
    """A page as an entry of no feed: its first heading, or its first line, and what follows."""
    lines = [each.strip() for each in text.split("\n") if each.strip()]
    head = next((number for number, each in enumerate(lines) if each.startswith("# ")), 0)
    title = lines[head].lstrip("# ") if lines else url
    body = "\n".join(lines[head + 1 :])
    return Entry("", "", "", url, canonical_url(url) or url, cut(title, TITLE), cut(body, TEXT), now)


_VERBS: dict[str, Verb] = {
    "add": _add,
    "import": _import,
    "export": _export,
    "pause": _pause,
    "resume": _resume,
    "remove": _remove,
    "test": _test,
    "approve": _approve,
    "reject": _reject,
}
