"""/with: who appears in the same stories."""

from __future__ import annotations

import re
from functools import cache

from handlers.answer import arguments, excerpt
from handlers.cards import company_row, names_line, read_button, story_card
from handlers.company import suggested
from handlers.errors import Refusal
from handlers.language import reply_language
from handlers.lookup import first, moved_note, pager, require_stories, row_of, small, take_page, told, window
from handlers.message import Ask, Block, Bullets, Button, Heading, Line, Reply, Run, bold, line
from handlers.start import explained
from handlers.summary import lead
from handlers.words import say
from store.bundle import Store
from store.model import Company, Language

SIZE = 10
_STORIES = 5
_BETWEEN = re.compile(
    r"\s*[,，、&+/]\s*|\s+(?:and|with|vs\.?|와|과|랑|하고|그리고|和|与|跟|同)\s+", re.IGNORECASE
)
_GLUED = re.compile(r"(?<=[가-힣])(?:와|과|이랑|랑|하고)\s+|(?<=[\u3400-\u9fff])[和与跟](?=[\u3400-\u9fff])")


async def with_(ask: Ask, store: Store) -> Reply:
    """The companies beside one, most stories first; or the stories that hold both of two."""
    language = reply_language(ask, store)
    typed, page = take_page(arguments(ask))
    if not typed:
        return explained("with", language)
    require_stories(ask, store)
    names = two_names(typed, store)
    known: list[Company] = []
    for name in names:
        found = _company(name, store, language)
        if isinstance(found, Reply):
            return found
        known.append(found)
    if len(known) == 2 and known[0].id != known[1].id:
        return _both(ask, known[0], known[1], store, page=page, language=language)
    return _beside(ask, known[0], page, store, language)


def two_names(text: str, store: Store) -> tuple[str, ...]:
    """One name or two: "텐센트 메이투안", "Tencent and Ant Group", "腾讯和美团".

    A name that is one as a whole ("Alibaba Group") stays whole.
    """
    if store.catalogue.find(text).status != "none":
        return (text,)
    for pattern in (_BETWEEN, _GLUED):
        parts = [part for part in pattern.split(text, maxsplit=1) if part.strip()]
        if len(parts) == 2 and any(store.catalogue.find(part).status != "none" for part in parts):
            return tuple(parts)
    words = text.split()[:12]
    for cut in range(1, len(words)):
        one, other = " ".join(words[:cut]), " ".join(words[cut:])
        if all(store.catalogue.find(name).status != "none" for name in (one, other)):
            return one, other
    if len(words) == 2 and any(store.catalogue.find(name).status != "none" for name in words):
        return tuple(words)
    return (text,)


def _company(name: str, store: Store, language: Language) -> Company | Reply:
    """The company of a name; else an answer that offers those that may be meant."""
    look = store.catalogue.find(name)
    if look.status == "found" and (found := store.catalogue.get(look.ids[0])):
        return found
    if look.status == "ambiguous":
        buttons = [
            Button(names_line(each, language), f"/with id:{each.id}")
            for company in look.ids
            if (each := store.catalogue.get(company))
        ]
        return Reply(
            (first("company.ambiguous", language, name=excerpt(name)), *row_of(buttons)),
            language,
            tags={"status": "ambiguous"},
        )
    buttons = [
        Button(button.label, button.command.replace("/company", "/with", 1))
        for button in suggested(look, store, language)
    ]
    if not buttons:
        raise Refusal("with.unknown", name=excerpt(name))
    unknown = first("company.unknown", language, name=excerpt(name))
    return Reply((unknown, *row_of(buttons)), language, tags={"status": "none"})


def _beside(ask: Ask, found: Company, page: int | None, store: Store, language: Language) -> Reply:
    beside = store.library.beside(found.id)
    name = found.name(language)
    if not beside:
        total = store.library.company_counts().get(found.id, 0)
        key = "with.alone" if total else "company.none"
        blocks: list[Block] = [first(key, language, name=name, count=total)]
        return Reply((*blocks, *row_of(company_row([found], language))), language, tags={"status": "none"})
    ranked = sorted(beside, key=lambda other: (-beside[other][0], other))
    at = window(len(ranked), page, SIZE)
    shown = ranked[at.offset : at.offset + SIZE]
    blocks = [Heading(say("with.title", language, name=name, count=len(ranked)))]
    if at.pages > 1:
        blocks.append(
            small("with.range", language, total=len(ranked), first=at.offset + 1, last=at.offset + len(shown))
        )
    blocks += moved_note(at, language)
    blocks.append(Bullets(tuple(_row(other, *beside[other], store, language) for other in shown)))
    buttons = [_pair_button(found, other, beside[other][0], store, language) for other in shown]
    paging = pager(f"/with id:{found.id}", at, language)
    blocks += row_of((*paging, *buttons, *company_row([found], language)))
    tags = {"company": found.id, "beside": str(len(ranked))}
    return Reply(tuple(blocks), language, replace=ask.pressed and page is not None, tags=tags)


def _row(other: str, count: int, newest: str, store: Store, language: Language) -> Line:
    """바이두 (百度, Baidu) · 이야기 3개 · and the title of the newest, with its link."""
    company = store.catalogue.get(other)
    name = names_line(company, language) if company else other
    story = store.library.story(newest)
    title = " ".join(story.title.split()) if story else newest
    return line(
        bold(name),
        f" · {say('with.count', language, count=count)}\n",
        Run(title, url=(story.source_url or "") if story else ""),
    )


def _pair_button(found: Company, other: str, count: int, store: Store, language: Language) -> Button:
    company = store.catalogue.get(other)
    name = company.name(language) if company else other
    label = say("button.company_count", language, name=name, count=count)
    return Button(label, f"/with id:{found.id}, id:{other}")


def _both(
    ask: Ask, one: Company, other: Company, store: Store, *, page: int | None, language: Language
) -> Reply:
    ids = (one.id, other.id)
    names = {"one": one.name(language), "other": other.name(language)}
    found = store.library.stories_about_all(ids, offset=max(0, ((page or 1) - 1) * _STORIES), limit=_STORIES)
    buttons = company_row([one, other], language)
    if not found.total:
        return Reply(
            (first("with.never", language, **names), *row_of(buttons)), language, tags={"status": "none"}
        )
    at = window(found.total, page, _STORIES)
    if at.moved:
        found = store.library.stories_about_all(ids, offset=at.offset, limit=_STORIES)
    edition = cache(store.library.edition)
    blocks: list[Block] = [Heading(say("with.both", language, count=found.total, **names))]
    blocks += moved_note(at, language)
    if at.pages > 1:
        blocks.append(told("lookup.page", language, page=at.page, pages=at.pages))
    blocks += [
        story_card(
            story,
            edition(story.edition),
            language,
            body=lead(story, limit=1, about=one.id),
            number=number,
            figures=0,
            buttons=(read_button(story, number, language),),
        )
        for number, story in enumerate(found.stories, start=at.offset + 1)
    ]
    paging = pager(f"/with id:{one.id}, id:{other.id}", at, language)
    tags = {"companies": f"{one.id} {other.id}", "total": str(found.total)}
    replaces = ask.pressed and page is not None
    return Reply((*blocks, *row_of((*paging, *buttons))), language, replace=replaces, tags=tags)
