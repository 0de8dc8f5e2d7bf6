"""/company: a company's card, whatever it is called."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from handlers.answer import arguments, excerpt
from handlers.cards import company_button, names_line, read_button, story_card
from handlers.company_facts import beside_buttons, beside_line, figure_lines, view_buttons
from handlers.errors import Refusal
from handlers.language import reply_language
from handlers.lookup import Window, first, moved_note, pager, require_stories, small, take_page, window
from handlers.message import Ask, Block, Bullets, Button, Buttons, Divider, Heading, Reply, Text, bold, line
from handlers.start import explained
from handlers.summary import lead
from handlers.words import say
from store.bundle import Store
from store.catalogue import Look
from store.errors import StoreError
from store.library import Page
from store.model import Company, Language, Story
from store.spelling import squash

log = logging.getLogger(__name__)

MOST = 20
USUAL = 5
_PRODUCTS = 6  # names or buttons of what belongs to a company
_COUNT = re.compile(r"(?P<name>.+?)\s+(?:n=)?(?P<count>-?\d{1,6})(?:개|篇|条)?")
_BAD_COUNT = re.compile(r"(?P<name>.+?)\s+n=(?P<count>\S*)")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked: the look-up of the name, how many stories, which page (None = first)."""

    name: str
    look: Look
    count: int | None
    page: int | None


async def company(ask: Ask, store: Store) -> Reply:
    """The card of the company meant; who else may be meant; or what to type instead."""
    language = reply_language(ask, store)
    if not arguments(ask):
        return explained("company", language)
    require_stories(ask, store)
    wanted = read_wanted(arguments(ask), store)
    if wanted.look.status == "found":
        found = store.catalogue.get(wanted.look.ids[0])
        assert found is not None
        return _card(ask, store, found, wanted, language)
    return not_one(ask, store, wanted.look, wanted.name, language, count=wanted.count)


def not_one(
    ask: Ask,
    store: Store,
    look: Look,
    name: str,
    language: Language,
    *,
    verb: str = "company",
    count: int | None = None,
) -> Reply:
    """The answer where a name is not one company: who may be meant, each as a button that asks `verb`
    of it. A name that is none is written down for the editor.
    """
    if look.status == "ambiguous":
        return _which(store, look, name, language, verb if count is None else f"{verb} {count}")
    note_miss(ask, store, name)
    return _unknown(store, look, name, language, verb)


def read_wanted(text: str, store: Store) -> Wanted:
    """The name, count and page in "메이투안 10" or "id:meituan 5 page 2".

    A number that is part of the name ("Qihoo 360") stays in it.
    """
    text, page = take_page(text)
    whole = store.catalogue.find(text)
    match = _COUNT.fullmatch(text)
    if match is None or is_spelling(text, whole, store):
        if bad := _BAD_COUNT.fullmatch(text):
            name = bad["name"]
            raise Refusal("company.bad_count", found=excerpt(bad["count"]), most=MOST, name=excerpt(name))
        return Wanted(text, whole, None, page)
    name = match["name"]
    return Wanted(name, store.catalogue.find(name), int(match["count"]), page)


def is_spelling(text: str, look: Look, store: Store) -> bool:
    """Whether a text is a name of what it means, whole: "Qihoo 360" is, "Tencent 2" is not."""
    known = [found for id_ in look.ids if (found := store.catalogue.get(id_))]
    return any(squash(text) == squash(name) for each in known for name in store.catalogue.names(each))


def _card(ask: Ask, store: Store, found: Company, wanted: Wanted, language: Language) -> Reply:
    size = USUAL if wanted.count is None else min(MOST, max(1, wanted.count))
    counts = store.library.company_counts()
    at = window(counts.get(found.id, 0), wanted.page, size)
    page = store.library.stories_about(found.id, offset=at.offset, limit=size)
    blocks: list[Block] = [Heading(names_line(found, language))]
    if page.total:
        blocks.append(_how_many(page, at, size, language))
    else:
        blocks.append(_none_yet(ask, store, found, language))
    if wanted.count is not None and wanted.count != size:
        blocks.append(small("company.clamped", language, given=wanted.count, count=size))
    blocks += moved_note(at, language)
    key = figure_lines(page.stories, found, store, language) if at.page == 1 else []
    if at.page == 1 and (facts := _facts(store, found, language)):
        blocks.append(Text(line("\n".join(facts))))
    blocks += key
    figures = 0 if key else 3
    blocks += _stories(store, page.stories, found.id, language, number=at.offset + 1, figures=figures)
    if at.page == at.pages:
        blocks += _of_products(store, found, page, size, language)
    command = f"/company id:{found.id}" + ("" if size == USUAL else f" {size}")
    forward = say("button.more", language, name=found.name(language)) if at.page == 1 else ""
    paging = pager(command, at, language, forward=forward)
    more = (*paging, *_relatives(store, found, counts, language))
    if at.page == 1:
        views = view_buttons(found, language, stories=page.total)
        more = (
            *views,
            *paging,
            *beside_buttons(found, store, language),
            *_relatives(store, found, counts, language),
        )
    blocks.append(Buttons((_follow(ask, store, found, language), *more)))
    tags = {"company": found.id, "stories": str(page.total)}
    changes = ask.pressed and wanted.page is not None
    return Reply(tuple(blocks), language, replace=changes, link=f"c_{found.id}", tags=tags)


def _how_many(page: Page, at: Window, size: int, language: Language) -> Block:
    shown = len(page.stories)
    if at.page > 1:
        last = at.offset + shown
        return first("company.range", language, total=page.total, first=at.offset + 1, last=last)
    if shown == page.total:
        return first("company.all", language, count=shown)
    return first("company.newest", language, total=page.total, count=min(size, shown))


def _none_yet(ask: Ask, store: Store, found: Company, language: Language) -> Block:
    key = "company.none_followed" if found.id in _follows(ask, store) else "company.none"
    return first(key, language, name=found.name(language))


def _follows(ask: Ask, store: Store) -> tuple[str, ...]:
    subscriber = store.ledger.subscriber(ask.chat)
    return subscriber.follows if subscriber else ()


def _facts(store: Store, found: Company, language: Language) -> list[str]:
    """Listing, parent, products and who appears with it, a line each, those that are known."""
    facts = []
    comma = say("lookup.comma", language)
    if found.tickers:
        listed = comma.join(f"{ticker.exchange} {ticker.code}" for ticker in found.tickers)
        facts.append(say("company.ticker", language, tickers=listed))
    if found.parent and (parent := store.catalogue.get(found.parent)):
        facts.append(say("company.parent", language, name=parent.name(language)))
    if products := store.catalogue.products_of(found.id):
        names = comma.join(product.name(language) for product in products[:_PRODUCTS])
        more = "…" if len(products) > _PRODUCTS else ""
        facts.append(say("company.products", language, names=names + more))
    if beside := beside_line(found, store, language):
        facts.append(beside)
    return facts


def _stories(
    store: Store, stories: Sequence[Story], about: str, language: Language, *, number: int, figures: int = 3
) -> list[Block]:
    """Each story as a card, numbered, with what it says of the company, and a button to read it."""
    edition = cache(store.library.edition)
    return [
        story_card(
            story,
            edition(story.edition),
            language,
            body=lead(story, limit=1, about=about),
            number=place,
            figures=figures,
            buttons=(read_button(story, place, language),),
        )
        for place, story in enumerate(stories, start=number)
    ]


def _of_products(store: Store, found: Company, page: Page, size: int, language: Language) -> list[Block]:
    """Where its own stories leave room: the newest of its products, under their own line."""
    room = size - len(page.stories)
    family = store.catalogue.family(found.id)[1:]
    if room <= 0 or not family:
        return []
    others: dict[str, Story] = {}
    for member in family:
        for story in store.library.stories_about(member, limit=size).stories:
            if found.id not in story.companies:
                others[story.id] = story
    newest = sorted(others.values(), key=lambda story: (story.edition, -story.order), reverse=True)[:room]
    if not newest:
        return []
    title = first("company.products_too", language, name=found.name(language))
    return [Divider(), title, *_stories(store, newest, found.id, language, number=page.total + 1)]


def _follow(ask: Ask, store: Store, found: Company, language: Language) -> Button:
    verb = "unfollow" if found.id in _follows(ask, store) else "follow"
    return Button(say(f"{verb}.button", language, name=found.name(language)), f"/{verb} id:{found.id}")


def _relatives(store: Store, found: Company, counts: dict[str, int], language: Language) -> list[Button]:
    """The parent and the products that have stories."""
    parent = store.catalogue.get(found.parent) if found.parent else None
    relatives = [*([parent] if parent else []), *store.catalogue.products_of(found.id)]
    known = [relative for relative in relatives if counts.get(relative.id)][:_PRODUCTS]
    return [company_button(each, language, count=counts[each.id]) for each in known]


def _which(store: Store, look: Look, name: str, language: Language, asked: str) -> Reply:
    """One line and one button for each company that the name can mean; `asked` is "VERB" or "VERB COUNT"."""
    verb, gap, count = asked.partition(" ")
    counts = store.library.company_counts()
    candidates = [found for id_ in look.ids if (found := store.catalogue.get(id_))]
    rows = tuple(
        line(
            bold(names_line(each, language)), "\n", _difference(store, each, counts.get(each.id, 0), language)
        )
        for each in candidates
    )
    buttons = tuple(
        Button(names_line(each, language), f"/{verb} id:{each.id}{gap}{count}") for each in candidates
    )
    blocks = (first("company.ambiguous", language, name=excerpt(name)), Bullets(rows), Buttons(buttons))
    return Reply(blocks, language, tags={"status": "ambiguous", "ids": " ".join(look.ids), "name": name})


def _difference(store: Store, found: Company, count: int, language: Language) -> str:
    kind = say(f"kind.{found.kind}", language)
    parent = store.catalogue.get(found.parent) if found.parent else None
    if parent is None:
        return say("company.candidate", language, kind=kind, count=count)
    return say("company.candidate_of", language, kind=kind, parent=parent.name(language), count=count)


def _unknown(store: Store, look: Look, typed: str, language: Language, verb: str) -> Reply:
    """Did you mean; or how much is known, and what else to try."""
    name = excerpt(typed)
    buttons = suggested(look, store, language, verb=verb)
    hint = small("company.hint", language, name=name)
    if buttons:
        blocks: tuple[Block, ...] = (first("company.unknown", language, name=name), Buttons(buttons), hint)
    else:
        held = first(
            "company.unknown_bare",
            language,
            name=name,
            editions=store.library.edition_count(),
            stories=store.library.story_count(),
        )
        search = Button(say("button.search", language), f"/search {typed}")
        known = Button(say("button.companies", language), "/companies")
        blocks = (held, hint, Buttons((search, known)))
    return Reply(blocks, language, tags={"status": "none"})


def suggested(look: Look, store: Store, language: Language, *, verb: str = "company") -> tuple[Button, ...]:
    """A button for each company that a name that is none may have meant, best first."""
    known = [found for id_ in look.suggestions[:3] if (found := store.catalogue.get(id_))]
    return tuple(Button(names_line(each, language), f"/{verb} id:{each.id}") for each in known)


def note_miss(ask: Ask, store: Store, name: str) -> None:
    """Write the miss down for the editor; a store that only reads does without."""
    try:
        store.ledger.note_miss(name, at=ask.now)
    except StoreError:
        log.debug("a miss was not written down", exc_info=True)
