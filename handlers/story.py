"""/story and /app: one story in full; the app of the week, now and before."""

from __future__ import annotations

import re
from dataclasses import replace

from handlers.amounts import figure_text, key_figures
from handlers.answer import arguments, excerpt
from handlers.cards import also_note, company_buttons, picture, source_note
from handlers.conversions import NOTHING
from handlers.dates import edition_name
from handlers.editions import find_edition, newest
from handlers.errors import Refusal
from handlers.figure_notes import flag_text, issue_conversions
from handlers.language import reply_language
from handlers.lookup import first, moved_note, pager, require_stories, row_of, small, take_page, window
from handlers.message import (
    Ask,
    Block,
    Bullets,
    Button,
    Buttons,
    Heading,
    Line,
    Note,
    Reply,
    Text,
    bold,
    line,
)
from handlers.newsroom.feedback import vote_buttons
from handlers.newsroom.retold import retold
from handlers.start import explained
from handlers.whole import told_whole
from handlers.words import say
from store.bundle import Store
from store.model import Language, Story
from store.spelling import squash

_FIGURES = 10
_COMPANIES = 8
_APPS = 5
_PAGE = 10
_NUMBER = re.compile(r"#?(\d{1,4})\s*(?:번|번째|号|篇)?")


async def story(ask: Ask, store: Store) -> Reply:
    """The story of an id, or of a number in the newest edition."""
    language = reply_language(ask, store)
    wanted = arguments(ask)
    if not wanted:
        return explained("story", language)
    require_stories(ask, store)
    if match := _NUMBER.fullmatch(wanted):
        return full(_numbered(int(match[1]), store, language), store, language)
    found = store.library.story(wanted) or store.library.story(as_id(wanted))
    return full(found, store, language) if found else _no_such(wanted, store, language)


async def app(ask: Ask, store: Store) -> Reply:
    """The newest app of the week; an earlier one by name; or the list of them."""
    language = reply_language(ask, store)
    require_stories(ask, store)
    name, page = take_page(arguments(ask))
    if page is None and re.fullmatch(r"\d{1,3}", name):
        name, page = "", int(name)
    apps = store.library.apps(limit=1)
    if not apps.stories:
        return Reply((first("app.none", language),), language)
    if name:
        found = _app_named(name, store)
        return full(found, store, language) if found else _listed(ask, store, None, language, missed=name)
    if page is not None:
        return _listed(ask, store, page, language)
    reply = full(apps.stories[0], store, language)
    earlier = store.library.apps(offset=1, limit=_APPS).stories
    if not earlier:
        return reply
    *rest, last = reply.blocks
    held = last.buttons if isinstance(last, Buttons) else ()
    more = [_button(each) for each in earlier]
    if apps.total > 1 + len(earlier):
        more.append(Button(say("button.apps", language), "/app page 1"))
    heading = Text(line(bold(say("app.earlier", language))))
    titles = Bullets(tuple(_row(each, store, language) for each in earlier))
    return replace(reply, blocks=(*rest, heading, titles, Buttons((*held, *more))))


def full(found: Story, store: Store, language: Language) -> Reply:
    """A story whole: where and when from, its text, its figures, its companies, its edition."""
    edition = store.library.edition(found.edition)
    title = say("digest.app_title", language, title=found.title) if found.kind == "app" else found.title
    blocks: list[Block] = [Heading(title), source_note(found, edition, language)]
    if found.language != language and not found.summary and (said := retold(found, language, store)):
        blocks += [Text(line(said)), small("story.by_model", language)]
    if elsewhere := also_note(found, language):
        blocks.append(elsewhere)
    if shown := picture(found):
        blocks.append(shown)
    blocks += told_whole(found.body)
    if figures := _figures(found, store, language):
        blocks.append(Text(line(bold(say("story.figures", language)))))
        blocks.append(Bullets(tuple(line(text) for text in figures)))
    buttons = list(company_buttons(found, store.catalogue, language, limit=_COMPANIES))
    if edition is not None:
        label = say("button.edition", language, edition=edition_name(edition, language))
        buttons.append(Button(label, f"/digest {edition.id}"))
    buttons += vote_buttons(found, store, language)
    tags = {"story": found.id}
    source = found.source_url or ""
    return Reply((*blocks, *row_of(buttons)), language, link=f"s_{found.id}", source=source, tags=tags)


def _figures(found: Story, store: Store, language: Language) -> list[str]:
    """The story's key figures, each once; one whose conversion is out of line with why."""
    rates = issue_conversions(found.edition, store) if any(f.pair for f in found.figures) else NOTHING
    shown: dict[str, None] = {}
    for figure in key_figures(found.figures, _FIGURES):
        flag = rates.flag(figure)
        odd = f"\n⚠ {flag_text(flag, language)}" if flag else ""
        shown[figure_text(figure, language) + odd] = None
    return list(shown)


def _numbered(number: int, store: Store, language: Language) -> Story:
    """Story N of the newest edition."""
    edition = newest(store)
    stories = store.library.stories_of(edition.id) if edition else ()
    found = next((each for each in stories if each.order == number), None)
    if found is None:
        name = edition_name(edition, language) if edition else ""
        last = max((each.order for each in stories), default=0)
        raise Refusal("story.no_number", edition=name, number=number, last=last)
    return found


def as_id(wanted: str) -> str:
    """An id as it is kept: "2017-w47-05" is "2017-W47-5"."""
    head, dash, tail = wanted.strip().rpartition("-")
    number = str(int(tail)) if tail.isdecimal() else tail
    return f"{head[:6].upper()}{head[6:].lower()}{dash}{number}"


def _no_such(wanted: str, store: Store, language: Language) -> Reply:
    """The edition that the id names and what it holds; else how to write an id."""
    head = wanted.rpartition("-")[0]
    edition = (find_edition(head, store) if head else None) or newest(store)
    stories = store.library.stories_of(edition.id) if edition else ()
    if edition is None or not stories:
        return Reply((first("digest.unknown", language, given=excerpt(wanted)),), language)
    name = edition_name(edition, language)
    buttons = Buttons(
        (
            Button(say("button.edition", language, edition=name), f"/digest {edition.id}"),
            Button(say("button.editions", language), "/editions"),
        )
    )
    blocks: list[Block] = [first("story.no_story", language, given=excerpt(wanted), example=stories[0].id)]
    if head and edition.id.lower() == head.lower():
        there = say("story.no_story_there", language, edition=name, first=stories[0].id, last=stories[-1].id)
        blocks = [Text(line(bold(there)))]
    return Reply((*blocks, buttons), language, tags={"status": "none"})


def _app_named(name: str, store: Store) -> Story | None:
    """The newest app of the week that is this company, or whose title holds the name."""
    look = store.catalogue.find(name)
    wanted = squash(name)
    offset = 0
    while page := store.library.apps(offset=offset, limit=50).stories:
        for each in page:
            if each.companies[:1] == look.ids[:1] != () or (wanted and wanted in squash(each.title)):
                return each
        offset += len(page)
    return None


def _listed(ask: Ask, store: Store, page: int | None, language: Language, *, missed: str = "") -> Reply:
    total = store.library.apps(limit=1).total
    at = window(total, page, _PAGE)
    apps = store.library.apps(offset=at.offset, limit=_PAGE).stories
    title = (
        first("app.unknown", language, name=excerpt(missed))
        if missed
        else Heading(say("app.list", language, count=total))
    )
    rows = Bullets(tuple(_row(each, store, language) for each in apps))
    buttons = (*(_button(each) for each in apps), *pager("/app", at, language))
    pages = [Note(line(say("lookup.page", language, page=at.page, pages=at.pages)))] if at.pages > 1 else []
    blocks = (title, *moved_note(at, language), *pages, rows, Buttons(buttons))
    return Reply(blocks, language, replace=ask.pressed and page is not None)


def _row(app_story: Story, store: Store, language: Language) -> Line:
    edition = store.library.edition(app_story.edition)
    name = edition_name(edition, language) if edition else app_story.edition
    return line(f"{app_story.title} · {name}")


def _button(app_story: Story) -> Button:
    return Button(excerpt(app_story.title), f"/story {app_story.id}")
