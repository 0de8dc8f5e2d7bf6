"""/latest, /digest, /editions: an edition on demand, and which there are."""

from __future__ import annotations

import re
from dataclasses import replace

from handlers import compose
from handlers.answer import arguments, excerpt
from handlers.dates import edition_name, week_dates
from handlers.editions import around, find_edition, newest
from handlers.errors import Refusal
from handlers.language import reply_language
from handlers.lookup import first, moved_note, pager, require_stories, small, take_page, window
from handlers.message import Ask, Block, Bullets, Button, Buttons, Heading, Line, Reply, line
from handlers.words import say
from store.bundle import Store
from store.model import Edition, Language

SIZE = 10
_SHOWN = 5  # editions offered when none matches


async def latest(ask: Ask, store: Store) -> Reply:
    """The newest edition."""
    language = reply_language(ask, store)
    require_stories(ask, store)
    if given := arguments(ask):
        raise Refusal("digest.no_arguments", given=excerpt(given))
    return _shown(ask, store, newest(store), language)


async def digest(ask: Ask, store: Store) -> Reply:
    """The edition meant by a number, a week, a date or an id; without one the newest."""
    language = reply_language(ask, store)
    require_stories(ask, store)
    wanted = arguments(ask)
    found = find_edition(wanted, store) if wanted else newest(store)
    if found is None and wanted:
        return _no_such(wanted, store, language)
    return _shown(ask, store, found, language)


async def editions(ask: Ask, store: Store) -> Reply:
    """A page of the editions, newest first."""
    language = reply_language(ask, store)
    require_stories(ask, store)
    page = page_of(arguments(ask), "/editions 2")
    total = store.library.edition_count()
    at = window(total, page, SIZE)
    listed = store.library.editions(offset=at.offset, limit=SIZE)
    blocks: list[Block] = [Heading(say("digest.list", language, count=total)), *moved_note(at, language)]
    if at.pages > 1:
        blocks.append(small("lookup.page", language, page=at.page, pages=at.pages))
    blocks.append(Bullets(tuple(_row(each, language) for each in listed)))
    buttons = [_button(each, language) for each in listed]
    blocks.append(Buttons((*buttons, *pager("/editions", at, language))))
    return Reply(tuple(blocks), language, replace=ask.pressed and page is not None)


def page_of(given: str, example: str) -> int | None:
    """The page in "2", "page 2" or "2쪽"; None for nothing. Refuses anything else."""
    rest, page = take_page(given)
    if page is None and re.fullmatch(r"\d{1,6}", rest):
        return int(rest)
    if rest:
        raise Refusal("lookup.bad_page", given=excerpt(rest), example=example)
    return page


def _shown(ask: Ask, store: Store, edition: Edition | None, language: Language) -> Reply:
    """The edition for this chat, with the way to the ones next to it."""
    if edition is None:
        raise Refusal("lookup.empty_admin" if ask.admin else "lookup.empty")
    stories = store.library.stories_of(edition.id)
    subscriber = store.ledger.subscriber(ask.chat)
    reply = compose.digest(edition, stories, subscriber, store, language=language, now=ask.now)
    later = around(edition, store).later
    if later is None:
        return reply
    button = Button(say("button.later", language), f"/digest {later.id}")
    *rest, last = reply.blocks
    if isinstance(last, Buttons):
        return replace(reply, blocks=(*rest, Buttons((*last.buttons, button))))
    return reply


def _no_such(wanted: str, store: Store, language: Language) -> Reply:
    """What was not found, what there is, and how to ask."""
    listed = store.library.editions(limit=_SHOWN)
    buttons = [_button(each, language) for each in listed]
    buttons.append(Button(say("button.editions", language), "/editions"))
    blocks: tuple[Block, ...] = (
        first("digest.unknown", language, given=excerpt(wanted)),
        Bullets(tuple(_row(each, language) for each in listed)),
        small("digest.how", language),
        Buttons(tuple(buttons)),
    )
    return Reply(blocks, language, tags={"status": "none"})


def _row(edition: Edition, language: Language) -> Line:
    dates = week_dates(edition.id, language)
    name, count = edition_name(edition, language), len(edition.story_ids)
    return line(say("digest.row", language, edition=name, dates=dates, count=count))


def _button(edition: Edition, language: Language) -> Button:
    return Button(edition_name(edition, language), f"/digest {edition.id}")
