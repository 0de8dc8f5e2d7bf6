"""/companies: which companies are known, the most mentioned first."""

from __future__ import annotations

import re
from collections.abc import Mapping

from handlers.answer import arguments, excerpt
from handlers.cards import company_row, names_line
from handlers.language import reply_language
from handlers.lookup import first, moved_note, pager, require_stories, small, take_page, window
from handlers.message import Ask, Block, Bullets, Buttons, Heading, Reply, line
from handlers.words import say
from store.bundle import Store
from store.catalogue import Catalogue
from store.model import Company, Language
from store.spelling import squash

SIZE = 10
_BARE_PAGE = re.compile(r"(?:(?P<prefix>.*\S)\s+)?(?P<page>\d{1,3})")


async def companies(ask: Ask, store: Store) -> Reply:
    """A page of the companies whose name, in any language, begins as typed."""
    language = reply_language(ask, store)
    require_stories(ask, store)
    prefix, page = _wanted(arguments(ask))
    counts = store.library.company_counts()
    known = listed(store.catalogue, counts, prefix, language)
    if not known:
        return Reply((first("companies.none", language, prefix=excerpt(prefix)),), language)
    at = window(len(known), page, SIZE)
    shown = known[at.offset : at.offset + SIZE]
    title = say("companies.title_prefix" if prefix else "companies.title", language, prefix=excerpt(prefix))
    rows = tuple(
        line(say("companies.row", language, name=names_line(each, language), count=counts.get(each.id, 0)))
        for each in shown
    )
    last = at.offset + len(shown)
    blocks: list[Block] = [
        Heading(title),
        small("companies.counted", language, total=len(known), first=at.offset + 1, last=last),
        *moved_note(at, language),
        Bullets(rows),
    ]
    buttons = [*company_row(shown, language), *pager(f"/companies {prefix}".strip(), at, language)]
    blocks.append(Buttons(tuple(buttons)))
    return Reply(tuple(blocks), language, replace=ask.pressed and page is not None)


def listed(catalogue: Catalogue, counts: Mapping[str, int], prefix: str, language: Language) -> list[Company]:
    """Companies with a spelling that begins so, by number of stories, then by name."""
    begin = squash(prefix)
    found = [
        each
        for each in catalogue.companies.values()
        if not begin or any(squash(name).startswith(begin) for name in catalogue.names(each))
    ]
    return sorted(found, key=lambda each: (-counts.get(each.id, 0), each.name(language)))


def _wanted(text: str) -> tuple[str, int | None]:
    """("샤오 2") is ("샤오", 2); a number alone is a page."""
    prefix, page = take_page(text)
    if page is None and (match := _BARE_PAGE.fullmatch(prefix)):
        return match["prefix"] or "", int(match["page"])
    return prefix, page
