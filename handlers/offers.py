"""Offers: what can be put into any other chat: a company's card, a story, as one types.

No text is the newest edition; a name is a company and its newest stories; a name that may be two is
both; a name that is none is who may be meant, else stories that hold the words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from handlers.cards import company_buttons, names_line, picture, story_card
from handlers.company import company
from handlers.editions import newest
from handlers.language import reply_language
from handlers.message import Ask, Reply
from handlers.summary import lead
from handlers.words import say
from store.bundle import Store
from store.model import Company, Language, Story

PAGE = 10
LONGEST = 100  # characters of a name or words
_STORIES = 3  # on a company's card
_SAID = 120  # characters of what a story begins with


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing to send. `id` is short and one's own; `reply` what is sent; `picture` an address."""

    id: str
    title: str
    about: str
    reply: Reply
    picture: str = ""


@dataclass(frozen=True, slots=True)
class Offers:
    """A page of them. `next` asks for the following one ("" = none); `words` says what there is to
    say where nothing was found ("" = nothing).
    """

    offers: tuple[Offer, ...]
    language: Language
    next: str = ""
    words: str = ""


async def offers(ask: Ask, store: Store, *, offset: str = "") -> Offers:
    """What `ask.text` offers, from `offset` on (what the page before gave as `next`)."""
    language = reply_language(ask, store)
    text = " ".join(ask.text.split())[:LONGEST]
    at = int(offset) if offset.isascii() and offset.isdecimal() and len(offset) < 6 else 0
    if store.library.story_count() == 0:
        return Offers((), language, words=say("telegram.inline.empty", language))
    if not text:
        edition = newest(store)
        stories = store.library.stories_of(edition.id) if edition else ()
        return _stories(stories[at : at + PAGE], len(stories), at, store, language)
    look = store.catalogue.find(text)
    if look.status == "found":
        return await _company(look.ids[0], at, ask, store, language)
    ids = look.ids or look.suggestions
    if ids:
        guess = not look.ids
        known = [one for id_ in ids if (one := store.catalogue.get(id_))]
        made = [await _card(one, ask, store, language, guess=guess) for one in known]
        return Offers(tuple(made), language)
    return _words(text, at, store, language)


async def _company(company_id: str, at: int, ask: Ask, store: Store, language: Language) -> Offers:
    """The card first, then its stories."""
    page = store.library.stories_about(company_id, offset=at, limit=PAGE)
    found = _stories(page.stories, page.total, at, store, language)
    known = store.catalogue.get(company_id)
    if at or known is None:
        return found
    return replace(found, offers=(await _card(known, ask, store, language), *found.offers))


async def _card(found: Company, ask: Ask, store: Store, language: Language, *, guess: bool = False) -> Offer:
    reply = await company(replace(ask, text=f"/company id:{found.id} {_STORIES}"), store)
    name = names_line(found, language)
    shown = say("telegram.inline.meant", language, name=name) if guess else name
    count = store.library.company_counts().get(found.id, 0)
    return Offer(f"c_{found.id}"[:64], shown, say("telegram.inline.count", language, count=count), reply)


def _stories(stories: Sequence[Story], total: int, at: int, store: Store, language: Language) -> Offers:
    more = str(at + PAGE) if at + PAGE < total else ""
    return Offers(tuple(_story(each, store, language) for each in stories), language, next=more)


def _story(story: Story, store: Store, language: Language) -> Offer:
    said = lead(story)
    card = story_card(
        story,
        store.library.edition(story.edition),
        language,
        body=said,
        buttons=company_buttons(story, store.catalogue, language),
    )
    shown = picture(story)
    reply = Reply((card,), language, link=f"s_{story.id}", source=story.source_url or "")
    return Offer(f"s_{story.id}"[:64], story.title, said[:_SAID], reply, shown.url if shown else "")


def _words(text: str, at: int, store: Store, language: Language) -> Offers:
    hits = store.library.search(text, offset=at, limit=PAGE)
    if hits.total:
        return _stories([hit.story for hit in hits.hits], hits.total, at, store, language)
    return Offers((), language, words=say("telegram.inline.none", language, name=text))
