"""/search: stories by their words, in a time, about a company and what belongs to it."""

from __future__ import annotations

from functools import cache

from handlers.answer import arguments, excerpt
from handlers.cards import company_buttons, company_row, read_button, story_card
from handlers.commands import LONGEST
from handlers.company import suggested
from handlers.errors import Refusal
from handlers.filters import Filters, read_filters
from handlers.highlight import around, folded, marked
from handlers.language import reply_language
from handlers.lookup import (
    Window,
    moved_note,
    pager,
    require_stories,
    row_of,
    small,
    take_page,
    told,
    window,
)
from handlers.message import Ask, Block, Button, Heading, Reply, Text, bold, line
from handlers.sentences import sentences
from handlers.start import explained
from handlers.summary import lead
from handlers.words import say
from store.bundle import Store
from store.library import Found, Hit
from store.model import Language, Story

SIZE = 5


async def search(ask: Ask, store: Store) -> Reply:
    """A page of the stories that hold every word, best first, each with the sentence that does."""
    language = reply_language(ask, store)
    typed, page = take_page(arguments(ask))
    if not typed:
        return explained("search", language)
    require_stories(ask, store)
    wanted = _readable(read_filters(typed, store))
    found = find(wanted, store, ((page or 1) - 1) * SIZE)
    if not found.total:
        return _nothing(wanted, store, language)
    at = window(found.total, page, SIZE)
    if at.moved:
        found = find(wanted, store, at.offset)
    blocks: list[Block] = [Heading(_title(wanted, found.total, language))]
    if at.pages > 1:
        last = at.offset + len(found.hits)
        key = "search.range" if wanted.words else "search.range_newest"
        blocks.append(small(key, language, total=found.total, first=at.offset + 1, last=last))
    blocks += moved_note(at, language)
    blocks += _cards(found.hits, at, wanted, store, language)
    buttons = (*_company(wanted.words, store, language), *pager(f"/search {wanted.typed()}", at, language))
    tags = {"total": str(found.total)}
    return Reply((*blocks, *row_of(buttons)), language, replace=ask.pressed and page is not None, tags=tags)


def find(wanted: Filters, store: Store, offset: int, *, limit: int = SIZE) -> Found:
    """What the library holds of it; a company stands for all that belongs to it."""
    family = store.catalogue.family(wanted.company.id) if wanted.company else ()
    return store.library.search(
        wanted.words,
        offset=max(0, offset),
        limit=limit,
        companies=family,
        first=wanted.first,
        last=wanted.last,
    )


def sentence_with(words: str, story: Story) -> str:
    """The first sentence of the body that holds most of the words; the story's lead when none
    does. At most 220 characters, around the word.
    """
    wanted = [folded(word) for word in words.split()]
    texts = [story.body[slice(*span)] for span in sentences(story.body)]
    held = [sum(word in plain for word in wanted) for plain in map(folded, texts)]
    if not any(held):
        return lead(story, limit=1)
    return around(" ".join(texts[held.index(max(held))].split()), wanted)


def _readable(wanted: Filters) -> Filters:
    """Refuse what holds nothing to look for."""
    if len(wanted.words) > LONGEST:
        raise Refusal("answer.too_long", limit=LONGEST, given=len(wanted.words), command="search")
    if any(char.isalnum() for char in wanted.words) or (wanted.company and not wanted.words):
        return wanted
    raise Refusal("search.no_words" if wanted.words or not wanted.typed() else "search.only_dates")


def _title(wanted: Filters, count: int, language: Language) -> str:
    """The answer's first line: what was looked for, how many there are, and every filter."""
    key = "search.found" if wanted.words else "search.listed"
    return say(key, language, words=excerpt(wanted.words), count=count) + wanted.shown(language)


def _cards(
    hits: tuple[Hit, ...], at: Window, wanted: Filters, store: Store, language: Language
) -> list[Block]:
    edition = cache(store.library.edition)
    return [
        story_card(
            hit.story,
            edition(hit.story.edition),
            language,
            body=marked(_excerpt(wanted, hit.story), wanted.words.split()),
            number=number,
            figures=0,
            buttons=(
                read_button(hit.story, number, language),
                *company_buttons(hit.story, store.catalogue, language, limit=2),
            ),
        )
        for number, hit in enumerate(hits, start=at.offset + 1)
    ]


def _excerpt(wanted: Filters, story: Story) -> str:
    if wanted.words or wanted.company is None:
        return sentence_with(wanted.words, story)
    return lead(story, limit=1, about=wanted.company.id)


def _company(words: str, store: Store, language: Language) -> list[Button]:
    """The card's button, where the words are a company's name."""
    look = store.catalogue.find(words)
    if look.status != "found":
        return []
    found = store.catalogue.get(look.ids[0])
    return list(company_row([found], language)) if found else []


def _nothing(wanted: Filters, store: Store, language: Language) -> Reply:
    """Nothing found: what the filters left out, the company that may be meant, what else to type."""
    key = "search.none" if wanted.words else "search.none_listed"
    text = say(key, language, words=excerpt(wanted.words)) + wanted.shown(language)
    blocks: list[Block] = [Text(line(bold(text)))]
    buttons = _company(wanted.words, store, language)
    if buttons:
        blocks.append(told("search.company", language))
    elif meant := suggested(store.catalogue.find(wanted.words), store, language):
        blocks.append(told("search.maybe", language))
        buttons = list(meant)
    elif wanted.shown(language) and (total := find(Filters(wanted.words), store, 0, limit=0).total):
        blocks.append(told("search.without", language, count=total))
        buttons = [Button(say("button.everywhere", language), f"/search {wanted.words}")]
    blocks += row_of(buttons)
    blocks.append(small("search.hint", language))
    return Reply(tuple(blocks), language, tags={"status": "none"})
