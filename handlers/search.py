"""/search: stories by their words."""

from __future__ import annotations

import unicodedata
from functools import cache

from handlers.answer import arguments, excerpt
from handlers.cards import company_buttons, company_row, story_card
from handlers.company import suggested
from handlers.errors import Refusal
from handlers.language import reply_language
from handlers.lookup import first, moved_note, pager, require_stories, row_of, small, take_page, told, window
from handlers.message import Ask, Block, Button, Heading, Reply
from handlers.sentences import sentences
from handlers.start import explained
from handlers.summary import lead
from handlers.words import say
from store.bundle import Store
from store.model import Language, Story

SIZE = 5
_LONGEST = 220  # characters of a sentence shown for a hit


async def search(ask: Ask, store: Store) -> Reply:
    """A page of the stories that hold every word, best first, each with the sentence that does."""
    language = reply_language(ask, store)
    words, page = take_page(arguments(ask))
    if not words:
        return explained("search", language)
    require_stories(ask, store)
    if not any(char.isalnum() for char in words):
        raise Refusal("search.no_words")
    found = store.library.search(words, offset=max(0, ((page or 1) - 1) * SIZE), limit=SIZE)
    if not found.total:
        return _nothing(words, store, language)
    at = window(found.total, page, SIZE)
    if at.moved:
        found = store.library.search(words, offset=at.offset, limit=SIZE)
    edition = cache(store.library.edition)
    blocks: list[Block] = [Heading(say("search.found", language, words=excerpt(words), count=found.total))]
    if at.pages > 1:
        last = at.offset + len(found.hits)
        blocks.append(small("search.range", language, total=found.total, first=at.offset + 1, last=last))
    blocks += moved_note(at, language)
    for number, hit in enumerate(found.hits, start=at.offset + 1):
        read = Button(say("button.read", language, number=number), f"/story {hit.story.id}")
        blocks.append(
            story_card(
                hit.story,
                edition(hit.story.edition),
                language,
                body=sentence_with(words, hit.story),
                number=number,
                figures=0,
                buttons=(read, *company_buttons(hit.story, store.catalogue, language, limit=2)),
            )
        )
    blocks += row_of((*_company(words, store, language), *pager(f"/search {words}", at, language)))
    return Reply(tuple(blocks), language, replace=ask.pressed and page is not None)


def sentence_with(words: str, story: Story) -> str:
    """The first sentence of the body that holds most of the words; the story's lead when none
    does. At most 220 characters, around the word.
    """
    wanted = [_folded(word) for word in words.split()]
    texts = [story.body[slice(*span)] for span in sentences(story.body)]
    held = [sum(word in _folded(text) for word in wanted) for text in texts]
    if not any(held):
        return lead(story, limit=1)
    return _around(" ".join(texts[held.index(max(held))].split()), wanted)


def _around(text: str, wanted: list[str]) -> str:
    if len(text) <= _LONGEST:
        return text
    folded = text.lower()
    at = min((place for word in wanted if (place := folded.find(word)) >= 0), default=0)
    begin = max(0, min(at - _LONGEST // 3, len(text) - _LONGEST))
    end = begin + _LONGEST
    return ("…" if begin else "") + text[begin:end].strip() + ("…" if end < len(text) else "")


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _company(words: str, store: Store, language: Language) -> list[Button]:
    """The card's button, where the words are a company's name."""
    look = store.catalogue.find(words)
    if look.status != "found":
        return []
    found = store.catalogue.get(look.ids[0])
    return list(company_row([found], language)) if found else []


def _nothing(words: str, store: Store, language: Language) -> Reply:
    blocks: list[Block] = [first("search.none", language, words=excerpt(words))]
    buttons = _company(words, store, language)
    if buttons:
        blocks.append(told("search.company", language))
    elif meant := suggested(store.catalogue.find(words), store, language):
        blocks.append(told("search.maybe", language))
        buttons = list(meant)
    blocks += row_of(buttons)
    blocks.append(small("search.hint", language))
    return Reply(tuple(blocks), language, tags={"status": "none"})
