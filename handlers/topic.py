"""/topic: what the stories are about, and the stories of one topic."""

from __future__ import annotations

from functools import cache

from handlers.answer import arguments, excerpt
from handlers.cards import company_buttons, read_button, story_card
from handlers.highlight import marked
from handlers.language import reply_language
from handlers.lookup import first, moved_note, pager, require_stories, row_of, small, take_page, window
from handlers.message import Ask, Block, Bullets, Button, Heading, Line, Reply, bold, line
from handlers.search import sentence_with
from handlers.summary import lead
from handlers.topics import Topic, companies_in, near_topics, sector_name, sector_of, topics
from handlers.words import say
from store.bundle import Store
from store.library import Found
from store.model import Language, Story

SIZE = 10
_STORIES = 5
_SECTOR = "sector:"


async def topic(ask: Ask, store: Store) -> Reply:
    """A page of the topics with their numbers of stories; or the stories of one."""
    language = reply_language(ask, store)
    name, page = take_page(arguments(ask))
    require_stories(ask, store)
    if page is None and name.isdecimal() and len(name) <= 3:
        name, page = "", int(name)
    if not name:
        return _listed(ask, page, store, language)
    bare = name.removeprefix(_SECTOR).strip()
    offset = ((page or 1) - 1) * _STORIES
    sector = sector_of(bare, store.catalogue)
    found = _stories(bare, sector, store, offset)
    if sector and bare == name and (term := _stories(bare, None, store, offset)).total > found.total:
        sector, found = None, term  # a word that is a sector's name, too: what has more stories
    if not found.total:
        return _nothing(bare, store, language)
    meant = Topic("sector" if sector else "term", sector or bare, found.total)
    return _one(ask, meant, found, store, page=page, language=language)


def _stories(name: str, sector: str | None, store: Store, offset: int) -> Found:
    """Stories about companies of a sector, newest first; or those that hold a term."""
    start = max(0, offset)
    if sector is None:
        return store.library.search(name, offset=start, limit=_STORIES)
    companies = companies_in(sector, store.catalogue)
    return store.library.search("", companies=companies, offset=start, limit=_STORIES)


def _listed(ask: Ask, page: int | None, store: Store, language: Language) -> Reply:
    known = topics(store)
    if not known:
        return Reply((first("topic.none_yet", language),), language, tags={"status": "none"})
    at = window(len(known), page, SIZE)
    shown = known[at.offset : at.offset + SIZE]
    counts = [
        _stories(each.key, each.key if each.kind == "sector" else None, store, 0).total for each in shown
    ]
    blocks: list[Block] = [Heading(say("topic.title", language))]
    if at.pages > 1:
        last = at.offset + len(shown)
        blocks.append(small("topic.range", language, total=len(known), first=at.offset + 1, last=last))
    blocks += moved_note(at, language)
    blocks.append(
        Bullets(tuple(_row(each, count, language) for each, count in zip(shown, counts, strict=True)))
    )
    buttons = [
        Button(say("button.company_count", language, name=each.name(language), count=count), each.command)
        for each, count in zip(shown, counts, strict=True)
    ]
    blocks += row_of((*pager("/topic", at, language), *buttons))
    tags = {"topics": str(len(known))}
    return Reply(tuple(blocks), language, replace=ask.pressed and page is not None, tags=tags)


def _row(each: Topic, count: int, language: Language) -> Line:
    return line(bold(each.name(language)), f" · {say(f'topic.{each.kind}', language, count=count)}")


def _one(
    ask: Ask, found_topic: Topic, found: Found, store: Store, *, page: int | None, language: Language
) -> Reply:
    is_sector = found_topic.kind == "sector"
    at = window(found.total, page, _STORIES)
    if at.moved:
        found = _stories(found_topic.key, found_topic.key if is_sector else None, store, at.offset)
    name = sector_name(found_topic.key, language) if is_sector else excerpt(found_topic.key)
    blocks: list[Block] = [
        Heading(say(f"topic.stories_{found_topic.kind}", language, name=name, count=found.total))
    ]
    if at.pages > 1:
        last = at.offset + len(found.hits)
        blocks.append(
            small("search.range_newest", language, total=found.total, first=at.offset + 1, last=last)
        )
    blocks += moved_note(at, language)
    edition = cache(store.library.edition)
    for number, hit in enumerate(found.hits, start=at.offset + 1):
        blocks.append(
            story_card(
                hit.story,
                edition(hit.story.edition),
                language,
                body=_said(hit.story, found_topic),
                number=number,
                figures=0,
                buttons=(
                    read_button(hit.story, number, language),
                    *company_buttons(hit.story, store.catalogue, language, limit=2),
                ),
            )
        )
    every = Button(say("button.topics", language), "/topic")
    blocks += row_of((*pager(found_topic.command, at, language), every))
    tags = {"topic": found_topic.key, "total": str(found.total)}
    return Reply(tuple(blocks), language, replace=ask.pressed and page is not None, tags=tags)


def _said(story: Story, about: Topic) -> Line:
    if about.kind == "sector":
        return line(lead(story, limit=1))
    return marked(sentence_with(about.key, story), about.key.split())


def _nothing(name: str, store: Store, language: Language) -> Reply:
    """No story of it; the topics nearest to it."""
    near = near_topics(name, topics(store), language)
    buttons = [Button(each.name(language), each.command) for each in near]
    buttons.append(Button(say("button.topics", language), "/topic"))
    return Reply(
        (first("topic.none", language, name=excerpt(name)), *row_of(buttons)),
        language,
        tags={"status": "none"},
    )
